import { publicStyle } from "../forms/style.ts";

/** The look of portals: that of pages for everybody, and what lists, conversations and single records need beside. */
export const portalStyle = `${publicStyle}
header b a{color:inherit;text-decoration:none}header .who{color:var(--soft);font-size:14px}header form{display:inline}
nav{align-items:center}nav a{font-size:14px}nav form{display:flex;flex-wrap:wrap;gap:4px 14px}nav button.text{text-decoration:none}nav button.text:hover{text-decoration:underline}nav button[aria-current]{color:var(--ink);font-weight:600}
main.wide{max-width:1160px}main.record{grid-template-columns:minmax(0,1fr) minmax(0,320px);gap:24px 28px;align-items:start}
main.record>.top{grid-column:1/-1}.top{display:grid;gap:8px}.top .row{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;justify-content:space-between}
.stack{display:grid;gap:16px;min-width:0}.back{color:var(--soft);font-size:14px;text-decoration:none}.back:hover{text-decoration:underline}
.state{display:inline-flex;align-items:center;gap:8px;padding:3px 12px;border-radius:99px;background:var(--wash);font-size:14px;font-weight:550;white-space:nowrap}
.state::before{content:"";width:8px;height:8px;border-radius:50%;background:var(--accent)}
a.button,button.plain{display:inline-flex;align-items:center;min-height:44px;padding:8px 18px;border-radius:7px;font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
a.button{color:var(--on-accent);background:var(--accent)}a.button:hover{background:var(--hover)}
a.button.plain,button.plain{color:var(--ink);background:var(--raised);border:1px solid var(--control)}a.button.plain:hover,button.plain:hover{background:var(--surface)}
button.text{min-height:0;padding:4px 0;color:var(--soft);background:none;font-weight:400;font-size:14px;text-decoration:underline}button.text:hover{background:none;color:var(--ink)}
.search{display:flex;gap:8px;max-width:480px}.search input{flex:1}.search button{min-height:44px}
.list{display:grid;padding:0;margin:0;list-style:none;overflow:hidden;gap:0}.list li+li{border-top:1px solid var(--line)}
.list a{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:4px 16px;align-items:center;padding:16px 24px;color:inherit;text-decoration:none}
.list a:hover{background:var(--surface)}.list a:focus-visible{outline-offset:-3px}.list b{font-weight:600;overflow-wrap:anywhere}.list .soft{grid-column:1}
.list .state{grid-row:1/span 2;grid-column:2}
dl{display:grid;gap:14px;margin:0}dl div{display:grid;gap:2px;min-width:0}dt{font-size:13px;color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
.talk{display:grid;gap:20px;padding:0;margin:0;list-style:none}.talk li{display:grid;gap:6px;min-width:0}
.talk .by{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline}.talk time{margin-inline-start:auto;font-size:13px;color:var(--soft)}
.talk p{padding:12px 16px;border:1px solid var(--line);border-radius:8px;white-space:pre-line;overflow-wrap:anywhere}.talk .ours p{background:var(--surface)}
.talk .files{display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;margin:0;list-style:none;font-size:14px}.talk .files li{display:flex;gap:8px;align-items:baseline}.talk .files a{color:inherit;font-weight:550;overflow-wrap:anywhere}
input[type=file]{max-width:100%;min-height:44px;padding:9px 0;font:inherit;font-size:14px;border:0;background:none}input[type=file]::file-selector-button{min-height:36px;margin-inline-end:10px;padding:4px 14px;color:var(--ink);background:var(--raised);border:1px solid var(--control);border-radius:7px;font:inherit;font-weight:600;cursor:pointer}
form.stack button{justify-self:end}::placeholder{color:var(--soft);opacity:1}
.acts{display:flex;flex-wrap:wrap;gap:10px}.acts form{display:contents}
@media (max-width:860px){header nav{margin-inline-start:0;width:100%;order:9}main.record{grid-template-columns:minmax(0,1fr)}.list a{grid-template-columns:minmax(0,1fr);padding:14px 16px}.list .state{grid-row:auto;grid-column:1;justify-self:start}}
`;
