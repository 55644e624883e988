import type { PublicLanguage } from "../public-language.ts";

/** What the pages behind the links of mails say. Their readers have never signed in. */
interface PageWords {
  readonly stopTitle: string;
  readonly stopAsk: (purpose: string, address: string) => string;
  readonly stopButton: string;
  readonly stopped: (purpose: string, address: string) => string;
  readonly choices: string;
  readonly choicesTitle: string;
  readonly about: (address: string) => string;
  readonly kinds: string;
  readonly pause: string;
  readonly noPause: string;
  readonly weeks: (count: number) => string;
  readonly often: string;
  readonly always: string;
  readonly weekly: (count: number) => string;
  readonly language: string;
  readonly save: string;
  readonly saved: string;
  readonly gone: string;
}

export const pageWords: Readonly<Record<PublicLanguage, PageWords>> = {
  en: {
    stopTitle: "Stop these mails",
    stopAsk: (purpose, address) => `Shall “${purpose}” no longer be sent to ${address}?`,
    stopButton: "Stop them",
    stopped: (purpose, address) => `“${purpose}” is no longer sent to ${address}.`,
    choices: "Choose what you get",
    choicesTitle: "What you get from us",
    about: (address) => `For ${address}`,
    kinds: "Send me",
    pause: "Pause",
    noPause: "No pause",
    weeks: (count) => `${count} weeks`,
    often: "At most",
    always: "As many as there are",
    weekly: (count) => `${count} a week`,
    language: "Language",
    save: "Save",
    saved: "Saved.",
    gone: "This link is no longer valid.",
  },
  ja: {
    stopTitle: "配信を停止",
    stopAsk: (purpose, address) => `${address} への「${purpose}」の配信を停止しますか？`,
    stopButton: "停止する",
    stopped: (purpose, address) => `${address} への「${purpose}」の配信を停止しました。`,
    choices: "受け取る内容を選ぶ",
    choicesTitle: "お届けする内容",
    about: (address) => `${address} 宛て`,
    kinds: "受け取るもの",
    pause: "休止",
    noPause: "休止しない",
    weeks: (count) => `${count}週間`,
    often: "頻度の上限",
    always: "制限なし",
    weekly: (count) => `週${count}通`,
    language: "言語",
    save: "保存",
    saved: "保存しました。",
    gone: "このリンクは無効です。",
  },
  "zh-Hant": {
    stopTitle: "停止接收",
    stopAsk: (purpose, address) => `要停止寄送「${purpose}」至 ${address} 嗎？`,
    stopButton: "停止寄送",
    stopped: (purpose, address) => `已停止寄送「${purpose}」至 ${address}。`,
    choices: "選擇接收內容",
    choicesTitle: "我們寄給您的內容",
    about: (address) => `收件地址 ${address}`,
    kinds: "寄給我",
    pause: "暫停",
    noPause: "不暫停",
    weeks: (count) => `${count} 週`,
    often: "上限",
    always: "不限",
    weekly: (count) => `每週 ${count} 封`,
    language: "語言",
    save: "儲存",
    saved: "已儲存。",
    gone: "此連結已失效。",
  },
  id: {
    stopTitle: "Hentikan surel ini",
    stopAsk: (purpose, address) => `Hentikan pengiriman “${purpose}” ke ${address}?`,
    stopButton: "Hentikan",
    stopped: (purpose, address) => `“${purpose}” tidak lagi dikirim ke ${address}.`,
    choices: "Pilih yang Anda terima",
    choicesTitle: "Yang kami kirim kepada Anda",
    about: (address) => `Untuk ${address}`,
    kinds: "Kirimi saya",
    pause: "Jeda",
    noPause: "Tanpa jeda",
    weeks: (count) => `${count} minggu`,
    often: "Paling banyak",
    always: "Tanpa batas",
    weekly: (count) => `${count} per minggu`,
    language: "Bahasa",
    save: "Simpan",
    saved: "Tersimpan.",
    gone: "Tautan ini tidak berlaku lagi.",
  },
};
