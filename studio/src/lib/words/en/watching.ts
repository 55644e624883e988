/** The words of hearing of a record, and of a segment that is kept as it was. */
export const watching = {
  watch: "Watch",
  watched: "Watched",
  segmentCopy: "Keep a copy as it is now",
  segmentCopied: (title: string, at: string) => `${title}, ${at}`,
  segmentCopiedText: (title: string, at: string) => `Who was in “${title}” at ${at}. Nobody comes in later.`,
} as const;
