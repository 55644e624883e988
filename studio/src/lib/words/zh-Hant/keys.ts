import type { keys as english } from "../en/keys.ts";
import type { Spoken } from "../spoken.ts";

export const keys: Spoken<typeof english> = {
  keys: {
    title: "程式用的金鑰",
    text: "金鑰讓程式或代理程式（透過 API 或 MCP）以其所代表者的權限進入。所做的事會以該名稱記在歷程中。金鑰結束或該人員停用時，即不再有效。",
    make: "新增金鑰",
    speaksFor: "代表",
    agent: "獨立的代理程式",
    agentText: "代理程式會列在人員中：具有此處選擇的角色，擁有自己建立的內容，但不能登入。",
    until: "期限",
    used: "上次使用",
    end: (name) => `結束金鑰${name}`,
    endText: "使用此金鑰者此後都會被拒絕。已結束的金鑰無法恢復；仍需要時請另建新金鑰。",
    endYes: "結束",
    ended: (name) => `金鑰${name}已結束`,
    made: "金鑰已建立",
    once: "請立即複製密鑰：只顯示這一次，之後任何人都無法再讀取。",
    secret: "密鑰",
  },
};
