/** The words of hearing of a record, and of a segment that is kept as it was. */
export const watching = {
  watch: "通知を受け取る",
  watched: "通知中",
  segmentCopy: "今の内容を写しとして残す",
  segmentCopied: (title: string, at: string) => `${title}（${at}）`,
  segmentCopiedText: (title: string, at: string) =>
    `${at} の時点で「${title}」に入っていたもの。あとから加わりません。`,
} as const;
