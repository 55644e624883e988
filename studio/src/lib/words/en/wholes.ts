/** The words of what holds for the whole workspace. */
export const wholes = {
  whole: {
    title: "Workspace",
    rates: "Exchange rates",
    ratesAbout: (own: string) =>
      `What other currencies are worth in ${own}. A rate holds from its day on, until another of its currency begins.`,
    rateOf: (currency: string) => `How much one ${currency} is worth`,
    from: "from",
    addRate: "A rate of another currency",
    worthToday: "Worth today",
    unrated: (count: string) => `${count} without a rate`,
    noRates: "No rate holds today. Amounts of other currencies stay beside those of your own.",
    ratesUsed: "Reports that tell all money in one currency take the rates of the last day of their period.",
    currencyHint: "Amounts that are kept already stay in theirs.",
    languages: "Languages",
    languagesHint: "The first is spoken where nobody says otherwise.",
    weekStart: "Weeks begin on",
    yearStart: "Business years begin in",
    yearNamed: "Business years are called after",
    yearNames: { first: "the year in which they begin", last: "the year in which they end" },
  },
} as const;
