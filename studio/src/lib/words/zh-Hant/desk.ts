import type { desk as english } from "../en/desk.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the desk: queues, what waits in them, and taking it. */
export const desk: Spoken<typeof english> = {
  desk: "服務台",
  queuesLabel: "佇列",
  deskMine: "我的",
  deskOffered: "等我接受",
  deskWaiting: "等待中",
  deskOthers: "其他人",
  deskEmpty: "沒有等待的項目",
  deskEmptyText: "新進項目會立即顯示於此。",
  takeNext: "取下一件",
  takeThis: "接手",
  giveBack: "退回",
  presenceLabel: "接案狀態",
  presenceHere: "在線",
  presenceAway: "離開",
  presenceMissed: "您未接受派案，暫不會收到新案件。",
  noQueues: "尚無佇列",
  nextRow: "下一列",
  rowBefore: "上一列",
  capacityOf: (load: number, capacity: number) => `${load}／${capacity}`,
  queueGiven: (queue: string) => `已指派給您：${queue}`,
  queueOffered: (queue: string) => `請接受：${queue}`,
};
