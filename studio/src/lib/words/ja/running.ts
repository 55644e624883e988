import type { running as english } from "../en/running.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what has come through a workflow, and of how people begin one. */
export const running: Spoken<typeof english> = {
  cameThrough: (entered, left) => `${entered}件が入り、${left}件が先へ進みました`,
  stayedFor: (span) => `平均滞在時間 ${span}`,
  leftBy: (percent) => `先へ進んだもののうち${percent}がこの経路です`,
  eventOrTime: "イベント、または時間切れ",
  outOfTime: "応答なし",
  oneWeek: "1週間",
  reminderAll: "担当できる全員に知らせる",
  beginOn: "開始…",
  begunOn: (title) => `${title}を開始しました`,
};
