/** The words of what the rules advise, of maps of what runs did, and of cases that are played. */
export const insight = {
  advice: "To look at",
  adviceNone: "The rules have nothing to say.",
  wayThere: (way: string) => `The way there: ${way}`,
  atTheStart: "The start",
};
