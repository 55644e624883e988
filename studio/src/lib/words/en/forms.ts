/** The words of forms that follow what is typed into them. */
export const forms = {
  notOffered: (value: string) => `“${value}” is not offered here. Choose another.`,
  formClears: (value: string) => `Saving empties: ${value}.`,
  formKeeps: (value: string) => `Shown no longer; the values stay: ${value}.`,
  formShows: (value: string) => `Now asked as well: ${value}.`,
  alsoAsked: "This is asked along with it",
} as const;
