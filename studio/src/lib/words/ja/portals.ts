import type { portals as english } from "../en/portals.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the designer of customer pages. */
export const portals: Spoken<typeof english> = {
  portals: "お客様ページ",
  newPortal: "新しいお客様ページ",
  noPortals: "お客様ページはまだありません。",
  noPortalsText:
    "お客様ページでは、社外の方がメールのリンクでサインインし、ご自身の記録を見て、返信や新しい依頼ができます。",
  portalPerson: "サインインする人",
  portalMail: "リンクの送信先",
  portalPersonWhen: "そのうち許可する人（空欄なら全員）",
  portalLanguageText: "ブラウザーがこれらの言語を求めないときに使います。",
  portalOpen: "公開中",
  portalRecords: "表示するもの",
  portalAddRecords: "表示に加える",
  portalTitle: "ここでの呼び名",
  portalWhich: "見られる記録",
  portalWhichText:
    "「me」はサインインした人です：contact == me || company == me.company。その人の空欄は何とも等しくなりません。",
  portalWhose: "誰のものか",
  portalWhoseText: "新しく作るときに自動で入ります。",
  portalNone: "なし",
  portalState: "状態",
  portalStates: "状態のここでの呼び名",
  portalTalk: "やり取り",
  portalTalkShown: "本人とのメールを表示（メモは表示しない）",
  portalAnswer: "書き込みできる",
  portalWrites: "書き込まれたら、次のうち待たれている最初のものを送る：",
  portalMayMake: "新しく作れる",
  portalNewTitle: "新規ボタンの文言",
  portalNew: "新規のときに尋ねること",
  portalShown: "表示する項目",
  portalAddShown: "項目を表示",
  portalEvents: "できること",
  portalAddEvent: "できることを加える",
  portalAsks: "尋ねること",
  portalInList: "一覧にも表示",
  portalItem: "部分",
  portalChoose: "変更する項目かイベントを選んでください。",
  removePortal: "お客様ページを削除",
  removePortalText: "今後は誰もサインインできません。書かれた内容は残ります。",
};
