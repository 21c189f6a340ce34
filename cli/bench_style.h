/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The style sheet of the page that `neve bench --html` writes.
 */
#ifndef CLI_BENCH_STYLE_H
#define CLI_BENCH_STYLE_H

/* Colours: --c0 to --c8 are cells, --c20 to --c31 the groups of causes (bench_plots.h). */
static const char bench_style[] =
	":root{color-scheme:light dark;--bg:#fff;--panel:#f6f7f9;--text:#1d2430;--soft:#5a6472;"
	"--grid:#c9ced6;--c0:#7a8492;--c1:#1565a8;--c2:#c2410c;--c3:#2b8a3e;--c4:#a16207;"
	"--c5:#7c3aed;--c6:#0e7490;--c7:#be185d;--c8:#4d7c0f;--c20:#1565a8;--c21:#c2410c;"
	"--c22:#2b8a3e;--c23:#c99700;--c24:#7c3aed;--c25:#be185d;--c26:#0e9aa7;--c27:#8b5e34;"
	"--c28:#64748b;--c29:#111827;--c30:#84cc16;--c31:#a8b0bb}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#12161c;--panel:#1b2129;--text:#e4e8ee;"
	"--soft:#9aa5b3;--grid:#3a4350;--c0:#98a3b1;--c1:#5aa9e6;--c2:#fb8b4c;--c3:#5fc97a;"
	"--c4:#e0b341;--c5:#b294ff;--c6:#4cc3d9;--c7:#f472b6;--c8:#a3d65c;--c20:#5aa9e6;"
	"--c21:#fb8b4c;--c22:#5fc97a;--c23:#f0cf5b;--c24:#b294ff;--c25:#f472b6;--c26:#4cc3d9;"
	"--c27:#c49a6c;--c28:#8fa0b5;--c29:#f1f5f9;--c30:#bef264;--c31:#5b6673}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:1060px;padding:1.2rem 1rem 3rem;background:var(--bg);"
	"color:var(--text);font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.6rem;margin:0 0 .3rem}\n"
	"h2{font-size:1.15rem;margin:2.2rem 0 .4rem}\n"
	"h3{font-size:.95rem;margin:0 0 .3rem}\n"
	"p{margin:.3rem 0 .8rem;max-width:46rem}\n"
	".soft{color:var(--soft)}\n"
	"svg{display:block;width:100%;height:auto}\n"
	".narrow{display:none}\n"
	".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));"
	"gap:1rem}\n"
	"figure{margin:0;background:var(--panel);border-radius:8px;padding:.7rem .8rem;min-width:0}\n"
	".legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.3rem 0 .7rem;padding:0;"
	"list-style:none;font-size:.85rem}\n"
	".legend i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;"
	"border-radius:2px}\n"
	".wide-table{overflow-x:auto}\n"
	"table{border-collapse:separate;border-spacing:0;font-size:.88rem;font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.28rem .6rem;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--grid)}\n"
	"th{font-weight:600;vertical-align:bottom}\n"
	"th:first-child,td:first-child{text-align:left;position:sticky;left:0;"
	"background:var(--bg)}\n"
	"figure th:first-child,figure td:first-child{background:var(--panel)}\n"
	"td.left,th.left{text-align:left;white-space:normal}\n"
	".published{color:var(--soft);font-style:italic}\n"
	"th small,td small{color:var(--soft);font-weight:400}\n"
	"th.published{white-space:normal;max-width:7rem}\n"
	"details{margin-top:.5rem;font-size:.85rem}\n"
	"summary{cursor:pointer;color:var(--soft)}\n"
	"pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);border-radius:8px;padding:.7rem .8rem;overflow-x:auto;"
	"font-size:.85rem}\n"
	".warn{border-left:4px solid var(--c2);padding:.1rem .8rem;margin:.6rem 0}\n"
	".note{border-left:4px solid var(--grid);padding:.1rem .8rem;margin:.4rem 0;"
	"color:var(--soft);font-size:.9rem}\n"
	"@media(max-width:640px){body{padding:.8rem .7rem 2rem;font-size:15px}"
	".wide{display:none}.narrow{display:block}table{font-size:.78rem}th,td{padding:.25rem .25rem}"
	"td br{display:none}td small{display:block;line-height:1.2}}\n";

#endif
