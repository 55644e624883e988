import type { undoing as english } from "../en/undoing.ts";
import type { Spoken } from "../spoken.ts";

export const undoing: Spoken<typeof english> = {
  undoPlanText: "まだ何も変更していません。",
  undoRemoves: (_, count) => `作成した${count}件をごみ箱に移します`,
  undoRestores: (_, count) => `${count}件を元の値に戻します`,
  undoLeaves: (_, count) => `${count}件はそのまま残ります`,
  undoWhys: {
    changed: "その後に変更されています",
    gone: "すでにありません",
    needed: "後から作られたレコードが参照しています",
    taken: "値がほかのレコードで使われています",
    erased: "本人のデータは消去されています",
    stranded: "元の状態がワークフローからなくなっています",
  },
  undoForce: "変更されたレコードでも、取り込んだ項目を元に戻す",
  undoDo: "元に戻す",
  undoMoreLeft: (count) => `ほか${count}件`,
};
