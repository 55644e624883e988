import type { journeys as english } from "../en/journeys.ts";
import type { Spoken } from "../spoken.ts";

/** The words of what begins workflows, what they are for and when they send. */
export const journeys: Spoken<typeof english> = {
  enrolOn: "開始",
  enrolOns: {
    hand: "人の操作のみ",
    condition: "条件が真になったとき",
    created: "レコードが作成されたとき",
    event: "イベントが届いたとき",
  },
  enrolEvent: "開始するイベント",
  enrolAgain: "同じレコードが再び通れる",
  enrolWindow: "再開までの日数",
  goalWhen: "目標達成の条件",
  exitWhen: "離脱の条件",
  neverHolds: "条件なし：成立しません。",
  quietFrom: "送信を止める時刻",
  quietTo: "再開する時刻",
  quietZone: "タイムゾーン",
  quietWorkspace: "ワークスペース",
  capsTitle: "上限",
  capMax: "件数",
  capDays: "日数",
  capOver: "超えた分",
  capOvers: { wait: "待つ", skip: "送らない" },
  addCap: "送信を制限",
  noEvent: "なし",
  eventSource: "送信元",
  eventSources: { user: "人", record: "レコードの変更", integration: "外部", run: "他の実行" },
  eventWhen: "送る条件",
  eventKey: "照合キー",
  eventKept: "保持する分数",
  intakeKey: "照合キーの場所",
  intakeKeyHint: "例: /order（レコードの代わり）",
};
