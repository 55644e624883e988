import type { keys as english } from "../en/keys.ts";
import type { Spoken } from "../spoken.ts";

export const keys: Spoken<typeof english> = {
  keys: {
    title: "プログラム用のキー",
    text: "キーを使うと、プログラムやエージェントが（API または MCP で）その人の権限で入れます。行ったことは、その人の名前で履歴に残ります。キーを終了するか、その人を無効にすると使えなくなります。",
    make: "新しいキー",
    speaksFor: "誰として",
    agent: "独立したエージェント",
    agentText:
      "エージェントは人の一覧に加わります。ここで選んだロールを持ち、自分が作ったものを所有し、サインインはできません。",
    until: "期限",
    used: "最終使用",
    end: (name) => `キー${name}を終了する`,
    endText:
      "このキーを使うものは、今後すべて拒否されます。終了したキーは元に戻せません。必要な場合は新しいキーを作成してください。",
    endYes: "終了する",
    ended: (name) => `キー${name}を終了しました`,
    made: "キーを作成しました",
    once: "今すぐ秘密の値を控えてください。表示されるのは今回だけで、あとからは誰も読めません。",
    secret: "秘密の値",
  },
};
