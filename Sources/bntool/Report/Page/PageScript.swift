/// The script of pages. Pages can be read without it. The script shows the values under the pointer, enlarges a part of an axis,
/// sorts tables, searches for figures, and saves JSON files.
enum PageScript {
  static let text = #"""
    'use strict';(()=>{
    const all=(s,e=document)=>[...e.querySelectorAll(s)];
    const make=(n,p={},...c)=>{const e=Object.assign(document.createElement(n),p);e.append(...c);return e};
    const short=v=>v===''||v===undefined?'–':Number.isInteger(+v)?String(+v):(+v).toPrecision(3);
    // The numbers behind a figure's link, as rows of texts.
    const cache=new WeakMap();
    const rows=f=>{let r=cache.get(f);if(!r){r=read(f);cache.set(f,r)}return r};
    async function read(f){
      const [head,body]=f.querySelector('a.data').href.split(',');
      let bytes=Uint8Array.from(atob(decodeURIComponent(body)),c=>c.charCodeAt(0));
      if(head.includes('gzip'))bytes=new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
      return parse(new TextDecoder().decode(bytes));
    }
    function parse(t){
      if(!t.includes('"'))return t.trimEnd().split('\r\n').map(l=>l.split(','));
      const out=[[]];let cell='',quoted=false;
      for(let i=0;i<t.length;i++){const c=t[i];
        if(quoted){if(c!=='"')cell+=c;else if(t[i+1]==='"'){cell+=c;i++}else quoted=false}
        else if(c==='"')quoted=true;
        else if(c===','){out.at(-1).push(cell);cell=''}
        else if(c==='\n'){out.at(-1).push(cell);cell='';out.push([])}
        else if(c!=='\r')cell+=c}
      out.pop();return out;
    }
    // Files of JSON, made from the same numbers.
    for(const f of all('figure')){
      const link=f.querySelector('a.data');if(!link)continue;
      const button=make('button',{type:'button',textContent:'JSON'});
      button.onclick=async()=>{
        const [head,...body]=await rows(f);
        const number=v=>v===''?null:isNaN(v)?v:+v;
        const text=JSON.stringify(Object.fromEntries(head.map((h,i)=>[h,body.map(r=>number(r[i]))])));
        const url=URL.createObjectURL(new Blob([text],{type:'application/json'}));
        make('a',{href:url,download:link.download.replace(/\.csv(\.gz)?$/,'.json')}).click();
        setTimeout(()=>URL.revokeObjectURL(url),1e4);
      };
      link.after(' ',make('span',{className:'tools',style:'display:inline'},button));
    }
    // Sorting.
    for(const t of all('table'))all('thead th',t).forEach((th,i)=>{
      const b=make('button',{type:'button',textContent:th.textContent,title:'Sort'});th.textContent='';th.append(b);
      b.onclick=()=>{
        const down=th.getAttribute('aria-sort')==='descending';
        all('thead th',t).forEach(o=>o.removeAttribute('aria-sort'));
        th.setAttribute('aria-sort',down?'ascending':'descending');
        const key=r=>{const s=r.cells[i].textContent,n=parseFloat(s.replace(/,/g,''));return isNaN(n)?s:n};
        const body=t.tBodies[0];
        [...body.rows].sort((a,b)=>{const x=key(a),y=key(b);return (x<y?-1:x>y?1:0)*(down?1:-1)}).forEach(r=>body.append(r));
      };
    });
    // Search.
    if(all('figure').length>3){
      const input=make('input',{type:'search',placeholder:'Find a normalization or a figure'});
      input.setAttribute('aria-label',input.placeholder);
      const count=make('span',{className:'note'});count.setAttribute('aria-live','polite');
      document.querySelector('nav').after(make('div',{className:'search'},input,' ',count));
      input.oninput=()=>{const w=input.value.toLowerCase().trim();let n=0;
        for(const f of all('figure')){f.hidden=w!==''&&!f.dataset.name.includes(w);n+=!f.hidden}
        count.textContent=w?n+(n===1?' figure':' figures'):''};
    }
    // Values under the pointer.
    const tip=make('div',{className:'tip',hidden:true});
    function show(p,e,text){const r=p.getBoundingClientRect();tip.textContent=text;tip.hidden=false;p.append(tip);
      tip.style.left=Math.max(0,Math.min(e.clientX-r.left+12,r.width-tip.offsetWidth))+'px';
      tip.style.top=(e.clientY-r.top+14)+'px'}
    for(const f of all('figure')){
      const picture=f.querySelector('.picture'),plot=f.querySelector('svg.zoom'),map=all('image',f).find(i=>+i.getAttribute('height')>20);
      if(!plot&&!map)continue;
      picture.addEventListener('pointerleave',()=>{tip.hidden=true});
      picture.addEventListener('pointermove',async e=>{
        const r=(map||plot).getBoundingClientRect(),u=(e.clientX-r.left)/r.width,v=(e.clientY-r.top)/r.height;
        if(u<0||u>=1||v<0||v>=1){tip.hidden=true;return}
        const [head,...body]=await rows(f);
        if(map){const c=1+Math.floor(u*(head.length-1)),i=Math.floor(v*body.length);
          show(picture,e,head[0]+' '+body[i][0]+'\n'+head[c]+': '+short(body[i][c]))}
        else{const [a,b]=range(plot),x=a+(b-a)*u;
          const best=body.reduce((m,r)=>Math.abs(r[0]-x)<Math.abs(m[0]-x)?r:m);
          show(picture,e,best.map((c,i)=>head[i]+' '+short(c)).join('\n'))}
      });
    }
    // A part of the horizontal axis.
    const range=p=>(p.dataset.shown||p.dataset.x).split(' ').slice(0,2).map(Number);
    for(const plot of all('svg.zoom')){
      const f=plot.closest('figure'),svg=f.querySelector('svg'),box=plot.viewBox.baseVal,width=box.width;
      const [low,high]=plot.dataset.x.split(' ').slice(0,2).map(Number),left=plot.x.baseVal.value;
      const ticks=all('text.tick',svg),base=ticks[0]&&ticks[0].getAttribute('y');
      const from=make('input',{type:'number',value:low}),to=make('input',{type:'number',value:high});
      from.setAttribute('aria-label','First time step');to.setAttribute('aria-label','Last time step');
      const reset=make('button',{type:'button',textContent:'All steps'});
      if(high-low>=12)f.querySelector('details').before(make('div',{className:'tools'},'Steps ',from,' to ',to,reset));
      function set(a,b){
        a=Math.max(low,Math.min(a,high));b=Math.max(low,Math.min(b,high));if(!(b-a>=1))return;
        plot.dataset.shown=a+' '+b;from.value=Math.round(a);to.value=Math.round(b);
        plot.setAttribute('viewBox',[(a-low)/(high-low)*width,box.y,(b-a)/(high-low)*width,box.height].join(' '));
        all('text.tick',svg).forEach(t=>t.remove());
        const rough=(b-a)/6,unit=10**Math.floor(Math.log10(rough)),step=Math.max(1,[1,2,5,10].find(k=>k*unit>=rough)*unit);
        for(let s=Math.ceil(a/step)*step;s<=b;s+=step){
          const t=document.createElementNS(svg.namespaceURI,'text');
          t.textContent=s;t.setAttribute('class','tick');t.setAttribute('x',left+(s-a)/(b-a)*width);t.setAttribute('y',base);
          t.setAttribute('text-anchor','middle');t.setAttribute('font-size','11');t.setAttribute('fill','var(--muted)');svg.append(t)}
      }
      from.onchange=to.onchange=()=>set(+from.value,+to.value);
      reset.onclick=plot.ondblclick=()=>set(low,high);
      let start=null;
      const at=e=>{const r=plot.getBoundingClientRect(),[a,b]=range(plot);return a+(b-a)*(e.clientX-r.left)/r.width};
      plot.style.cursor='crosshair';plot.style.touchAction='pan-y';
      plot.addEventListener('pointerdown',e=>{start=at(e);plot.setPointerCapture(e.pointerId);e.preventDefault()});
      plot.addEventListener('pointerup',e=>{const end=at(e);if(start!==null&&Math.abs(end-start)>=1)set(Math.min(start,end),Math.max(start,end));start=null});
    }
    })();
    """#
}
