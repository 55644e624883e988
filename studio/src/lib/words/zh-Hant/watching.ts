/** The words of hearing of a record, and of a segment that is kept as it was. */
export const watching = {
  watch: "關注",
  watched: "關注中",
  segmentCopy: "保留目前的副本",
  segmentCopied: (title: string, at: string) => `${title}（${at}）`,
  segmentCopiedText: (title: string, at: string) => `${at} 時在「${title}」中的對象，之後不會再加入。`,
} as const;
