import type { desk as english } from "../en/desk.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the desk: queues, what waits in them, and taking it. */
export const desk: Spoken<typeof english> = {
  desk: "受付デスク",
  queuesLabel: "キュー",
  deskMine: "担当中",
  deskOffered: "割り当ての打診",
  deskWaiting: "待機中",
  deskOthers: "他の担当者",
  deskEmpty: "待っているものはありません",
  deskEmptyText: "届いたものはすぐここに表示されます。",
  takeNext: "次を取る",
  takeThis: "取る",
  giveBack: "戻す",
  presenceLabel: "受付状態",
  presenceHere: "在席",
  presenceAway: "離席",
  presenceMissed: "割り当てに応じなかったため、新しい件は届きません。",
  noQueues: "キューはまだありません",
  nextRow: "次の行",
  rowBefore: "前の行",
  capacityOf: (load: number, capacity: number) => `${capacity}件中 ${load}件`,
  queueGiven: (queue: string) => `担当になりました: ${queue}`,
  queueOffered: (queue: string) => `打診があります: ${queue}`,
};
