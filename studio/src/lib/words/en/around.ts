/** The words of a timeline into which lives of other records run. */
export const around = {
  noSubject: "No subject",
  mailFrom: (who: string) => `from ${who}`,
  mailSent: "sent",
  hiddenHere: "Something that you do not see",
  changedIt: "changed it",
  filledIn: (titles: string) => `What is left empty is filled in: ${titles}`,
} as const;
