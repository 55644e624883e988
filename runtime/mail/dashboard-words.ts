import { spokenTo, type PublicLanguage } from "../public-language.ts";

/** The words around a dashboard that goes by mail. */
export interface DashboardWords {
  readonly open: string;
  readonly stop: string;
  readonly all: string;
  readonly none: string;
  readonly more: (count: number) => string;
  readonly unrated: (count: number) => string;
  readonly columns: Readonly<Record<string, string>>;
}

const named = (
  names: readonly [string, string, string],
  customers: readonly string[],
  models: readonly string[],
  falls: readonly string[],
): Readonly<Record<string, string>> => {
  const keys = [
    ["step", "amount", "n"],
    ["customer", "recency", "orders", "alive", "purchases", "worth"],
    ["first", "last", "linear", "u_shaped", "w_shaped", "time_decay"],
    ["opening", "new", "moved_in", "grown", "shrunk", "won", "lost", "moved_out", "closing"],
  ];
  const all = [names, customers, models, falls];
  return Object.fromEntries(keys.flatMap((them, at) => them.map((key, index) => [key, all[at]![index]!])));
};

const words: Readonly<Record<PublicLanguage, DashboardWords>> = {
  en: {
    open: "Open the dashboard",
    stop: "You get this because of your role. On the page of the dashboard you can stop it.",
    all: "All",
    none: "There is nothing to count here.",
    more: (count) => `${count} more rows are on the page.`,
    unrated: (count) => `${count} without a rate`,
    columns: named(
      ["What happened", "Amount", "Records"],
      ["Customer", "Days since the last", "Days with orders", "Still buys", "Expected purchases", "Expected value"],
      ["First", "Last", "Linear", "U-shaped", "W-shaped", "By time"],
      ["Open at first", "New", "Moved in", "Grown", "Shrunk", "Won", "Lost", "Moved out", "Open at last"],
    ),
  },
  ja: {
    open: "ダッシュボードを開く",
    stop: "このメールはあなたのロールに送られています。ダッシュボードの画面で停止できます。",
    all: "合計",
    none: "集計するものはありません。",
    more: (count) => `ほかの${count}行は画面にあります。`,
    unrated: (count) => `レートなし ${count} 件`,
    columns: named(
      ["変化", "金額", "件数"],
      ["顧客", "最終購入からの日数", "購入日数", "継続の見込み", "予想購入回数", "予想金額"],
      ["最初", "最後", "均等", "U字型", "W字型", "時間減衰"],
      ["期首", "新規", "移入", "増額", "減額", "受注", "失注", "移出", "期末"],
    ),
  },
  "zh-Hant": {
    open: "開啟儀表板",
    stop: "您因角色而收到這封郵件，可在儀表板頁面停止。",
    all: "合計",
    none: "沒有可統計的資料。",
    more: (count) => `其餘 ${count} 列請見頁面。`,
    unrated: (count) => `${count} 筆沒有匯率`,
    columns: named(
      ["變化", "金額", "筆數"],
      ["客戶", "距上次天數", "下單天數", "仍會購買", "預期購買次數", "預期價值"],
      ["首次", "最後", "平均", "U 型", "W 型", "時間遞減"],
      ["期初", "新增", "移入", "增加", "減少", "成交", "失單", "移出", "期末"],
    ),
  },
  id: {
    open: "Buka dasbor",
    stop: "Anda menerima ini karena peran Anda. Di halaman dasbor Anda dapat menghentikannya.",
    all: "Semua",
    none: "Tidak ada yang dihitung.",
    more: (count) => `${count} baris lain ada di halaman.`,
    unrated: (count) => `${count} tanpa kurs`,
    columns: named(
      ["Yang terjadi", "Nilai", "Catatan"],
      [
        "Pelanggan",
        "Hari sejak terakhir",
        "Hari dengan pesanan",
        "Masih membeli",
        "Perkiraan pembelian",
        "Perkiraan nilai",
      ],
      ["Pertama", "Terakhir", "Rata", "Bentuk U", "Bentuk W", "Menurut waktu"],
      ["Awal", "Baru", "Masuk", "Naik", "Turun", "Menang", "Kalah", "Keluar", "Akhir"],
    ),
  },
};

/** In the language of a tag, `zh-Hant-TW` for instance; English where it is another one. */
export const dashboardWords = (language: string): DashboardWords => words[spokenTo([language]) ?? "en"];
