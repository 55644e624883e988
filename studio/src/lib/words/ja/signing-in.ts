import type { signingIn as english } from "../en/signing-in.ts";
import type { Spoken } from "../spoken.ts";

export const signingIn: Spoken<typeof english> = {
  secondFactor: "二要素認証",
  signingIn: "サインイン",
  signingInText: "パスワードのほかに本人を確かめる方法です。",
  secondFactorText:
    "オンにすると、サインインのときにスマートフォンの認証アプリのコードも求められます。パスワードだけを知られても入られません。",
  factorOn: "オン",
  factorOff: "オフ",
  factorTurnOn: "オンにする",
  factorTurnOff: "オフにする",
  factorIsOn: "二要素認証をオンにしました。ほかのセッションは終了しました。",
  factorIsOff: "二要素認証をオフにしました。ほかのセッションは終了しました。",
  factorScan: "認証アプリで画像を読み取り、表示されたコードを入力してください。",
  factorQr: "認証アプリ用の画像",
  factorSecret: "または次の秘密鍵を入力:",
  factorHere: "この端末の認証アプリを設定",
  factorCode: "コード",
  factorCodeHint: "6桁の数字です。",
  factorCodeOrBackup: "認証アプリのコード、またはバックアップコード。",
  factorOwed: {
    code: "認証アプリに表示されているコードを入力してください。",
    backup: "保管しているバックアップコードを1つ入力してください。使えるのは1回だけです。",
  },
  useBackupCode: "バックアップコードを使う",
  useAuthenticator: "認証アプリを使う",
  endKeysToo: "プログラム用のキーもすべて無効にする",
  backupCode: "バックアップコード",
  backupCodes: "バックアップコード",
  backupCodesOnce:
    "スマートフォンがなくても見つかる場所に保管してください。どのコードも1回だけ使え、表示されるのは今だけです。",
  backupCodesKept: "保管しました",
  backupCodesNew: "新しいバックアップコード",
  saveAsFile: "ファイルに保存",
  backupCodesLeft: (n) => `バックアップコードの残り ${n}件`,
  takeFactor: "二要素認証を外す",
  takeFactorText: (who) =>
    `${who}さんは二要素認証でサインインしています。紛失したときだけ外してください。以後はパスワードだけで入れます。本人はサインアウトされ、知らされます。`,
  factorTaken: (who) => `${who}さんの二要素認証を外しました`,
  tookFactor: (by) => `${by}さんがあなたの二要素認証を外しました`,
  takeFactorYes: "外す",
};
