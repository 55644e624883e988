import type { ways as english } from "../en/ways.ts";
import type { Spoken } from "../spoken.ts";

/** The words of how many came through a journey, and of a record's own way. */
export const ways: Spoken<typeof english> = {
  journeySums: "通過情況",
  runsBegun: "已進入",
  runsActive: "目前在內",
  runsDone: "已完成",
  runsGoal: "達成目標",
  runsLeft: (why) => `離開：${why}`,
  runsStopped: "人工停止",
  runsConversion: "轉換率",
  mailKinds: {
    accepted: "已送達",
    opened: "由人開啟",
    clicked: "由人點擊",
    unsubscribed: "取消訂閱",
    bounced: "退回",
    suppressed: "未寄出",
    rejected: "遭拒",
    robots: "由程式檢視",
  },
  mailsInShort: (sent, opened, clicked) => `已寄 ${sent}，開啟 ${opened}，點擊 ${clicked}`,
  cameThroughHere: "位於顯示的路徑上",
  ownJourneys: "旅程與流程",
  onTheCanvas: "在畫布上顯示",
  mailPlanned: (at) => `預定於 ${at}`,
  mayFrom: (at) => `${at} 起可進入`,
  journeyStatuses: {
    active: "進行中",
    done: "已完成",
    goal: "達成目標",
    left: "已離開",
    stopped: "已停止",
    parked: "等待處理",
  },
  unbegunWhy: {
    running: "已在其中",
    once: "只能通過一次，已經通過",
    window: "兩次之間的時間尚未過去",
    goal: "已達成目標",
    exit: "符合離開的條件",
    ahead: "日期尚未到來",
    passed: "寫入時日期已過",
    empty: "未填寫日期",
  },
};
