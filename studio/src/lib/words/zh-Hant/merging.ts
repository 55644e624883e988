/** The words of joining records into one. */
export const merging = {
  merging: {
    title: (entity: string) => `合併${entity}`,
    find: (entity: string) => `代表同一對象的另一筆${entity}`,
    found: "找到的",
    noneFound: "沒有找到其他記錄。",
    values: "保留誰的值",
    stays: "保留的記錄",
    leave: (name: string) => `不合併 ${name}`,
    alike: "沒有可選擇的差異。",
    moves: "會移動的內容",
    movesTo: (name: string) => `移到 ${name}`,
    mails: "信件",
    notes: "備註",
    files: "檔案",
    nothingMoves: "沒有內容",
    trashed: (names: string) => `${names}：移到垃圾桶並指向這裡。其時鐘結束，這裡的繼續。可以復原。`,
    noneChosen: "請先選擇另一筆記錄。",
    merge: (count: number) => `合併 ${count} 筆`,
    act: "合併",
    done: (name: string) => `${name}:已合併`,
  },
} as const;
