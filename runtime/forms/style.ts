/** The look of pages for everybody: the house's colours, light and dark, by the reader's system. */
export const publicStyle = `:root{color-scheme:light dark;
--ground:light-dark(#f0f2ed,#0d100e);--surface:light-dark(#fbfcfa,#131714);--raised:light-dark(#fff,#1a1f1b);
--line:light-dark(#dde1d9,#29302b);--control:light-dark(#7f8981,#6c776f);--ink:light-dark(#17201a,#e7ece8);
--soft:light-dark(#48534b,#aab4ad);--accent:light-dark(#17694e,#4fbf94);--hover:light-dark(#10573f,#68cfa7);
--on-accent:light-dark(#fff,#06150e);--accent-ink:light-dark(#125a42,#6fd0aa);--wash:light-dark(#cde7db,#1b3a2c);
--danger:light-dark(#a32d1f,#f2907f);--danger-wash:light-dark(#fbe9e5,#321713);--danger-line:light-dark(#c2412f,#e06a56)}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);font:16px/1.5 -apple-system,"Segoe UI",Inter,Roboto,"Noto Sans","Liberation Sans","Hiragino Sans","Yu Gothic UI","Noto Sans CJK JP",sans-serif}
:lang(zh-Hant){font-family:-apple-system,"Segoe UI","Noto Sans","Liberation Sans","PingFang TC","Microsoft JhengHei UI","Noto Sans CJK TC",sans-serif}
body.embedded{min-height:0;background:transparent}
header{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:center;padding:16px max(20px,calc(50vw - 560px));background:var(--surface);border-bottom:1px solid var(--line)}
nav{display:flex;flex-wrap:wrap;gap:4px 14px;margin-inline-start:auto;font-size:13px}
nav a{color:var(--soft);text-decoration:none;padding:4px 0}nav a:hover{text-decoration:underline}nav a[aria-current]{color:var(--ink);font-weight:600}
main{display:grid;gap:32px 72px;margin:0 auto;padding:56px 20px;max-width:1160px}
main.one{max-width:560px}main.two{grid-template-columns:minmax(0,1fr) minmax(0,480px);align-items:start}
.embedded main{padding:4px}
h1{font-size:22px;line-height:1.25;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}.about h1{font-size:36px;line-height:1.2;letter-spacing:-.02em}
h2{font-size:18px;margin:0}p{margin:0}.about{display:grid;gap:18px}.about p{color:var(--soft);max-width:46ch}
.card{display:grid;gap:18px;padding:28px;background:var(--raised);border:1px solid var(--line);border-radius:10px;box-shadow:0 8px 28px rgb(22 30 25/.08)}
.embedded .card{border:0;box-shadow:none;padding:16px}
.question{display:grid;gap:6px;border:0;margin:0;padding:0;min-width:0}
label,legend{font-size:14px;font-weight:550;padding:0}legend{margin-bottom:6px}i{font-style:normal;font-weight:400;font-size:13px;color:var(--soft)}
input:not([type=checkbox]),select,textarea{width:100%;min-height:44px;padding:10px 12px;font:inherit;color:inherit;background:var(--raised);border:1px solid var(--control);border-radius:7px}
textarea{resize:vertical}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.check{display:flex;gap:10px;align-items:flex-start;font-weight:400;font-size:15px;padding:4px 0}.check input{width:18px;height:18px;margin:3px 0 0;accent-color:var(--accent);flex:none}
.scale{display:grid;grid-template-columns:repeat(auto-fit,minmax(40px,1fr));gap:6px}.scale label{position:relative;cursor:pointer}
.scale input{position:absolute;inset:0;width:100%;min-height:44px;margin:0;opacity:0;cursor:pointer}
.scale span:not(.pot){display:grid;place-items:center;min-height:44px;border:1px solid var(--control);border-radius:7px;font-size:16px;font-variant-numeric:tabular-nums}
.scale label:hover span:not(.pot){background:var(--wash)}.scale input:checked+span{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.scale input:focus-visible+span{outline:2px solid var(--accent);outline-offset:2px}.ends{display:flex;justify-content:space-between;gap:16px;font-size:13px;color:var(--soft)}.ends span:last-child{text-align:end}
.check input[type=radio]{min-height:0;padding:0}
.help,.soft{font-size:13px;color:var(--soft)}
.wrong input:not([type=checkbox]),.wrong select,.wrong textarea{border-color:var(--danger-line);border-width:2px}
.fault{font-size:14px;color:var(--danger)}.fault::before{content:"⚠ "}
.bad{padding:12px 14px;border:1px solid var(--danger-line);border-radius:7px;background:var(--danger-wash);color:var(--danger)}.bad ul{margin:6px 0 0;padding-inline-start:20px}.bad a{color:inherit}
button{min-height:46px;padding:10px 20px;font:inherit;font-weight:600;color:var(--on-accent);background:var(--accent);border:0;border-radius:7px;cursor:pointer}button:hover{background:var(--hover)}
.pot{position:absolute;inset-inline-start:-9999px;width:1px;height:1px;overflow:hidden}
altcha-widget{display:block;font-size:14px;--altcha-color-base:var(--raised);--altcha-color-text:var(--ink);--altcha-color-border:var(--control);--altcha-max-width:100%}
@media (max-width:860px){main,main.two{grid-template-columns:minmax(0,1fr);padding:28px 16px}.about h1{font-size:26px}.card{padding:20px 16px}}
@media (forced-colors:active){button{border:1px solid}.scale input:checked+span{outline:3px solid}}
`;
