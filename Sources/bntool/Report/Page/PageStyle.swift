/// The style sheet of pages, except for the colours, which are in `Markup.colors`.
enum PageStyle {
  static let text = """
    *{box-sizing:border-box}
    html{scroll-padding-top:1rem}
    body{margin:0 auto;max-width:1200px;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--text);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
    h2{font-size:1.2rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--grid)}
    h3{font-size:1rem;margin:1.5rem 0 .25rem}
    p,ul{margin:.4rem 0;max-width:75ch}
    a{color:var(--s0)}
    code,pre{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
    pre{margin:.35rem 0;padding:.45rem .7rem;background:var(--area);border-radius:4px;white-space:pre-wrap;max-width:100%}
    .word{white-space:nowrap}
    nav ol{list-style:none;margin:.75rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.9rem}
    .skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.25rem .5rem}
    .findings{list-style:none;padding:0;max-width:none}
    .findings li{border-left:4px solid var(--c);padding:.15rem 0 .15rem .8rem;margin:.7rem 0}
    .findings strong{color:var(--c)}
    .good{--c:var(--good)}.caution{--c:var(--caution)}.bad{--c:var(--bad)}
    .mark{color:var(--c);font-weight:600}
    .lead{color:var(--muted)}
    .panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:1.25rem 1.5rem;
    align-items:start;margin:1rem 0}
    .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:1.25rem 1.5rem;
    margin:1rem 0 1.5rem;max-width:960px;align-items:start}.pair .picture{max-width:440px}
    figure{margin:0;min-width:0}
    figure.wide{margin:1rem 0}
    figcaption{font-weight:600;font-size:.9rem;line-height:1.3;margin-bottom:.35rem}
    figcaption span{display:block;font-weight:400;font-size:.8rem;color:var(--muted)}
    .picture{position:relative;max-width:520px}
    .wide .picture{max-width:100%;overflow-x:auto}
    .picture svg{display:block;width:100%;height:auto;overflow:visible}
    .wide .picture>svg{width:var(--w);margin:0 auto}
    .picture svg.plot{overflow:hidden}
    .plot path{vector-effect:non-scaling-stroke}
    svg text{font-family:inherit;font-variant-numeric:tabular-nums}
    .note{color:var(--muted);font-size:.85rem;margin:.25rem 0}
    details{margin:.3rem 0;font-size:.85rem}
    summary{cursor:pointer;color:var(--muted)}
    .scroll,.wide .picture{background:linear-gradient(90deg,var(--page) 30%,transparent) 0 0/2.5rem 100% no-repeat local,
    linear-gradient(-90deg,var(--page) 30%,transparent) 100% 0/2.5rem 100% no-repeat local,
    linear-gradient(90deg,var(--grid),transparent) 0 0/.7rem 100% no-repeat scroll,
    linear-gradient(-90deg,var(--grid),transparent) 100% 0/.7rem 100% no-repeat scroll}
    .scroll{overflow:auto;margin:.4rem 0}details .scroll{max-height:22rem}
    table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
    caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap;vertical-align:top}
    th:first-child{text-align:left}
    th{font-weight:500}
    thead th{color:var(--muted);position:sticky;top:0;background:var(--page)}
    table.text td,table.text th{text-align:left}
    table.text td.long{white-space:normal;min-width:11rem;overflow-wrap:normal}td code{overflow-wrap:anywhere}
    @media screen and (min-width:601px){table.text wbr{display:none}}
    @media(max-width:600px){table.text th[scope=row]{white-space:normal;min-width:7rem;max-width:12rem;overflow-wrap:break-word}
    table.text td.long{min-width:12rem}}
    thead button{all:unset;cursor:pointer}thead button:focus-visible{outline:2px solid var(--s0)}
    .tip{position:absolute;pointer-events:none;background:var(--text);color:var(--page);font-size:.75rem;line-height:1.4;
    padding:.25rem .5rem;border-radius:3px;white-space:pre;z-index:2;max-width:100%;overflow:hidden}
    .tools{display:flex;flex-wrap:wrap;gap:.4rem;font-size:.8rem;color:var(--muted);align-items:center}
    .tools input{width:5em}
    input,.tools button{font:inherit;color:inherit;background:var(--page);border:1px solid var(--grid);border-radius:3px;
    padding:.1rem .4rem}
    .search{margin:.75rem 0 0}.search input{width:min(100%,22rem)}
    [hidden]{display:none!important}
    footer{margin-top:3rem;color:var(--muted);font-size:.85rem;border-top:1px solid var(--grid)}
    ol.chain{list-style:none;padding:0;margin:.5rem 0}
    ol.chain li{padding:.1rem 0 .6rem 1.1rem;border-left:2px solid var(--grid);margin-left:.4rem;position:relative}
    ol.chain li::before{content:"";position:absolute;left:-6px;top:.5rem;width:10px;height:10px;border-radius:50%;
    background:var(--s0)}
    @media print{body{max-width:none;padding:0;font-size:10pt}nav,.search,.tools,.skip,details{display:none}
    h2,h3,h4,section>p{break-after:avoid}figure,.findings li{break-inside:avoid}.panels,.pair{grid-template-columns:repeat(2,1fr)}
    .scroll{overflow:visible;max-height:none!important}table{font-size:8pt}pre{white-space:pre-wrap}
    th,td{white-space:normal!important;min-width:0!important;max-width:none!important;overflow-wrap:anywhere!important}
    thead th{overflow-wrap:normal!important}.scroll,.wide .picture{background:none}
    .wide .picture{overflow:visible}.wide .picture>svg{max-width:100%;max-height:23cm}image{print-color-adjust:exact}}
    """
}
