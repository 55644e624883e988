/** The words of hearing of a record, and of a segment that is kept as it was. */
export const watching = {
  watch: "Ikuti",
  watched: "Diikuti",
  segmentCopy: "Simpan salinan seperti sekarang",
  segmentCopied: (title: string, at: string) => `${title}, ${at}`,
  segmentCopiedText: (title: string, at: string) =>
    `Siapa yang ada di “${title}” pada ${at}. Tidak ada yang masuk kemudian.`,
} as const;
