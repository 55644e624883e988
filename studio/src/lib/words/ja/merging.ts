/** The words of joining records into one. */
export const merging = {
  merging: {
    title: (entity: string) => `${entity}を統合`,
    find: (entity: string) => `同じものを表す別の${entity}`,
    found: "見つかったもの",
    noneFound: "ほかには見つかりません。",
    values: "残す値",
    stays: "残すもの",
    leave: (name: string) => `${name} を外す`,
    alike: "選べる違いはありません。",
    moves: "移るもの",
    movesTo: (name: string) => `${name} に移るもの`,
    mails: "メール",
    notes: "メモ",
    files: "ファイル",
    nothingMoves: "ありません",
    trashed: (names: string) =>
      `${names}: ゴミ箱に入り、ここへ導きます。そちらの時計は終わり、こちらは続きます。元に戻せます。`,
    noneChosen: "先に別のレコードを選んでください。",
    merge: (count: number) => `${count}件を統合`,
    act: "統合",
    done: (name: string) => `${name}: 統合しました`,
  },
} as const;
