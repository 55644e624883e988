import type { ways as english } from "../en/ways.ts";
import type { Spoken } from "../spoken.ts";

/** The words of how many came through a journey, and of a record's own way. */
export const ways: Spoken<typeof english> = {
  journeySums: "通過の状況",
  runsBegun: "入った数",
  runsActive: "現在",
  runsDone: "完了",
  runsGoal: "目標達成",
  runsLeft: (why) => `離脱：${why}`,
  runsStopped: "手動停止",
  runsConversion: "転換率",
  mailKinds: {
    accepted: "配信済み",
    opened: "人による開封",
    clicked: "人によるクリック",
    unsubscribed: "配信停止",
    bounced: "不達",
    suppressed: "送信見合わせ",
    rejected: "拒否",
    robots: "プログラムによる閲覧",
  },
  mailsInShort: (sent, opened, clicked) => `送信 ${sent}、開封 ${opened}、クリック ${clicked}`,
  cameThroughHere: "表示中の経路",
  ownJourneys: "ジャーニーとプロセス",
  onTheCanvas: "キャンバスで表示",
  mailPlanned: (at) => `予定：${at}`,
  mayFrom: (at) => `${at} から可能`,
  journeyStatuses: {
    active: "進行中",
    done: "完了",
    goal: "目標達成",
    left: "離脱",
    stopped: "停止",
    parked: "確認待ち",
  },
  unbegunWhy: {
    running: "すでに進行中です",
    once: "一度だけ通れる流れを通過済みです",
    window: "再び入れる日数がまだ経っていません",
    goal: "すでに目標を達成しています",
    exit: "離脱の条件に当てはまります",
    ahead: "日付がまだ来ていません",
    passed: "書き込まれた時点で日付が過ぎていました",
    empty: "日付が入力されていません",
  },
};
