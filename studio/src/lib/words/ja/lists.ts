import type { lists as english } from "../en/lists.ts";
import type { Spoken } from "../spoken.ts";

/** The words of lists, in Japanese. */
export const lists: Spoken<typeof english> = {
  viewActs: (title) => `ビュー「${title}」`,
  saveChanges: "変更を保存",
  saveAsNew: "新しく保存…",
  saveView: "ビューを保存",
  resetView: "元に戻す",
  viewFor: "公開先",
  viewForMe: "自分だけ",
  viewForAll: "全員",
  viewForAllAbout: "すべての項目を読める人にだけ表示されます。",
  editView: "名前と公開先を変更…",
  copyLink: "リンクをコピー",
  linkCopied: "リンクをコピーしました。",
  deleteView: "ビューを削除",
  viewDeleted: (title) => `${title}を削除しました`,
  viewGone: "このビューはなくなったか、あなたと共有されていません。",
  viewMended: "このビューの一部はもう存在しないため、省かれています。",
  sharedBy: (name) => `${name}さんが共有`,
  sharedByYou: "あなたが共有",
  onlyYours: "自分だけ",
  dateField: "基準の日付",
};
