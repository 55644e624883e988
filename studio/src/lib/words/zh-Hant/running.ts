import type { running as english } from "../en/running.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what has come through a workflow, and of how people begin one. */
export const running: Spoken<typeof english> = {
  cameThrough: (entered, left) => `進入 ${entered} 件，離開 ${left} 件`,
  stayedFor: (span) => `平均停留 ${span}`,
  leftBy: (percent) => `離開者中有 ${percent} 走這條路`,
  eventOrTime: "事件或逾時",
  outOfTime: "沒有回應",
  oneWeek: "一週",
  reminderAll: "提醒所有能處理的人",
  beginOn: "開始…",
  begunOn: (title) => `已開始${title}`,
};
