import type { writing as english } from "../en/writing.ts";
import type { Spoken } from "../spoken.ts";

/** The words of messages in several languages, and of whom a message goes to. */
export const writing: Spoken<typeof english> = {
  messageWritten: "言語",
  messageWrittenIn: "作成済み",
  messageWriteAlso: "追加する言語",
  messageWrittenAlso: (language) => `${language}で書く`,
  messageUnwrite: (language) => `${language}を取り除く`,
  messageSaysItself: (text) => `未入力のとき：${text}`,
  messageSaysNothing: "言葉はありません。",
  messageLanguage: "元の言語",
  messageSpeaks: "受信者の言語",
  messageSpeaksText: "受信者がメールのリンクで選んだ言語が優先されます。",
  messageSpeaksNone: "不明",
  messageZone: "受信者のタイムゾーン",
  messageZoneText: "送信しない時間帯はこのタイムゾーンで数えます。",
  messageSegment: "対象のセグメント",
  messageSegmentAll: "指定なし：すべてのレコード",
  messageGets: (sent, audience) => `${audience}件中 ${sent}件に届きます。`,
  messageRefused: {
    address: (_, count) => `${count}件はアドレスがありません。`,
    suppressed: (_, count) => `${count}件は不達または苦情のため送信できません。`,
    consent: (_, count) => `${count}件は同意がありません。`,
    paused: (_, count) => `${count}件は配信を休止中です。`,
  },
  messageSentToNone: "まだ一斉送信していません。",
  messageSegmentBuilding: (title) => `「${title}」の対象者を集計中です。完了すると送信できます。`,
};
