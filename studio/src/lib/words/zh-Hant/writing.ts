import type { writing as english } from "../en/writing.ts";
import type { Spoken } from "../spoken.ts";

/** The words of messages in several languages, and of whom a message goes to. */
export const writing: Spoken<typeof english> = {
  messageWritten: "語言",
  messageWrittenIn: "已撰寫",
  messageWriteAlso: "新增語言",
  messageWrittenAlso: (language) => `以${language}撰寫`,
  messageUnwrite: (language) => `移除${language}`,
  messageSaysItself: (text) => `未填時：${text}`,
  messageSaysNothing: "這裡沒有文字。",
  messageLanguage: "原文語言",
  messageSpeaks: "收件者的語言",
  messageSpeaksText: "收件者在郵件連結中選擇的語言優先。",
  messageSpeaksNone: "未知",
  messageZone: "收件者的時區",
  messageZoneText: "不傳送的時段依此時區計算。",
  messageSegment: "分群成員",
  messageSegmentAll: "不限分群：所有記錄",
  messageGets: (sent, audience) => `${audience} 筆中有 ${sent} 筆會收到。`,
  messageRefused: {
    address: (_, count) => `${count} 筆沒有地址。`,
    suppressed: (_, count) => `${count} 筆因退信或檢舉不再寄送。`,
    consent: (_, count) => `${count} 筆未同意。`,
    paused: (_, count) => `${count} 筆要求暫停。`,
  },
  messageSentToNone: "尚未群發。",
  messageSegmentBuilding: (title) => `「${title}」的成員仍在計算中，完成後即可寄出。`,
};
