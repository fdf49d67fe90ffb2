//! Scripts, and what their functions are called.

use super::*;

/// Each function as `name: what it spans`, in order.
#[track_caller]
fn check(script: &str, expected: &[&str]) {
    let functions = Functions::of(script);
    let text = |span: Span| &script[span.start as usize..span.end as usize];
    let found: Vec<String> = functions
        .all
        .iter()
        .map(|function| {
            let parts = functions.parts(function).iter().map(|part| match part {
                Part::Name(span) | Part::Verbatim(span) => text(*span),
                Part::Fixed(text) => text,
            });
            format!("{}: {}", parts.collect::<String>(), text(function.span))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn functions_are_called_what_they_say() {
    check("function a(b){c}", &["a: function a(b){c}"]);
    check("async function*a(){}", &["a: function*a(){}"]);
    check("(function(){})()", &[": function(){}"]);
    check("export default function(){}", &[": function(){}"]);
    check("x(function a(){})", &["a: function a(){}"]);
}

#[test]
fn functions_without_a_name_are_called_what_they_are_assigned_to() {
    check("var a=function(){}", &["a: function(){}"]);
    check("let a=1,b=()=>2,c=d=>{}", &["b: ()=>2", "c: d=>{}"]);
    check("a.b.c=function(){}", &["a.b.c: function(){}"]);
    check("a.b=function c(){}", &["a.c: function c(){}"]);
    check("this.a=()=>1;b", &["this.a: ()=>1"]);
    check("a[0]=()=>1", &["a[0]: ()=>1"]);
    check("a[\"b-c\"].d=()=>1", &["a[\"b-c\"].d: ()=>1"]);
    check("a[b]=()=>1", &["a[b]: ()=>1"]);
    check("a[b+1]=()=>1", &["a[<computed>]: ()=>1"]);
    check("a().b=()=>1", &[": ()=>1"]);
    check("a=b(()=>1)", &["a: ()=>1"]);
    check("a||(a=()=>1),c(()=>2)", &["a: ()=>1", ": ()=>2"]);
    check("a??=()=>1", &["a: ()=>1"]);
    check("a=b\nc(()=>1)", &[": ()=>1"]);
    check("a=b==function(){}", &["a: function(){}"]);
}

#[test]
fn members_are_called_by_what_they_belong_to() {
    check(
        "var o={a(){},b:()=>1,get c(){},set c(d){},async*e(){}}",
        &["o.a: a(){}", "o.b: ()=>1", "get o.c: c(){}", "set o.c: c(d){}", "o.e: e(){}"],
    );
    check(
        "x({a(){},\"b c\"(){},3(){},[d](){}})",
        &[
            "<object>.a: a(){}",
            "<object>.<\"b c\">: \"b c\"(){}",
            "<object>.<3>: 3(){}",
            "<object>.<computed>: (){}",
        ],
    );
    check("var o={p:{get(){},set:1,static(){}}}", &["o.p.get: get(){}", "o.p.static: static(){}"]);
    check("a={b:c?d=>1:e=>2,f:()=>3}", &["a.b: d=>1", "a.b: e=>2", "a.f: ()=>3"]);
    check("a={...b(()=>1),c:()=>2}", &["a: ()=>1", "a.c: ()=>2"]);
}

#[test]
fn classes_name_their_methods() {
    check(
        "class A extends B{constructor(){}a(){}static b(){}#c(){}get d(){}}",
        &[
            "new A: class A extends B{constructor(){}a(){}static b(){}#c(){}get d(){}}",
            "new A: constructor(){}",
            "A.a: a(){}",
            "A.b: b(){}",
            "A.#c: c(){}",
            "get A.d: d(){}",
        ],
    );
    check("var A=class{a(){}}", &["new A: class{a(){}}", "A.a: a(){}"]);
    check("a.B=class extends C(D){e(){}}", &["new a.B: class extends C(D){e(){}}", "a.B.e: e(){}"]);
    check(
        "class A{a=()=>1;b\nc(){}d=()=>2\ne(){}static{f(()=>3)}}",
        &[
            "new A: class A{a=()=>1;b\nc(){}d=()=>2\ne(){}static{f(()=>3)}}",
            "A.a: ()=>1",
            "A.c: c(){}",
            "A.d: ()=>2",
            "A.e: e(){}",
            "A: ()=>3",
        ],
    );
    check("x(class{a(){}})", &[": class{a(){}}", "a: a(){}"]);
}

#[test]
fn arrows_end_where_their_value_does() {
    check("a(b=>c,d)", &[": b=>c"]);
    check("a=b=>c=>d;e", &["a: b=>c=>d", ": c=>d"]);
    check("a=b?c=>d?e:f:g", &["a: c=>d?e:f"]);
    check("a=(b,{c})=>({d:c})\ne()", &["a: (b,{c})=>({d:c})"]);
    check("a=async b=>{c}", &["a: b=>{c}"]);
    check("[a=>b,c=>d]", &[": a=>b", ": c=>d"]);
    check("`${a=>b}${c=>`${d=>e}`}`;f=>g", &[": a=>b", ": c=>`${d=>e}`", ": d=>e", ": f=>g"]);
}

#[test]
fn what_looks_like_a_function_is_none() {
    check("'function a(){}';\"=>\";/function b(){}[/]/;`=>`//=>\n/*=>*/", &[]);
    check("a/function(){}/b", &[": function(){}"]);
    check("if(a)/=>{/.test(b)", &[]);
    check("a.function(b),a?.class,{if:1}", &[]);
    check(
        "x={function(){},class(){},if:()=>1}",
        &["x.function: function(){}", "x.class: class(){}", "x.if: ()=>1"],
    );
    check("if(a){b}/c/;else{d}", &[]);
    check("switch(a){case 1:{b}case c:default:d=()=>1}", &["d: ()=>1"]);
    check("a:{b}c:for(;;){d=()=>1}", &["d: ()=>1"]);
    check("for(const a of()=>1)b", &[": ()=>1"]);
    check("a=1.5.toFixed(.5e3)/2;b=()=>3", &["b: ()=>3"]);
    check("a++/b;c=()=>/d/", &["c: ()=>/d/"]);
}

#[test]
fn what_is_broken_costs_names_only() {
    check("}}}))]]a=()=>1", &["a: ()=>1"]);
    check("function a(){", &[]);
    check("a=>", &[": a=>"]);
    check("'a\nb=()=>1", &["b: ()=>1"]);
    check("`a${", &[]);
    check("/*", &[]);
    check("", &[]);
    let deep = "[".repeat(1_000_000);
    check(&deep, &[]);
    check(&"!".repeat(1_000_000), &[]);
    Functions::of(&"a=>".repeat(500_000));
    Functions::of(&"{a:".repeat(500_000));
    Functions::of(&"function f(){".repeat(100_000));
}

#[test]
fn what_real_scripts_do() {
    check("try{a}catch{}b(c()/1,d=>e,`/`)", &[": d=>e"]);
    check(
        "function ot(e){return{timestamp:Date.now()/1e3,type:\"default\",...e}}var xs=(e=>(e[e.Document=0]=\"D\"))",
        &[
            "ot: function ot(e){return{timestamp:Date.now()/1e3,type:\"default\",...e}}",
            "xs: e=>(e[e.Document=0]=\"D\")",
        ],
    );
    check(
        "(function(e){e[e.P=0]=\"P\";const n=1;e[e.R=n]=\"R\"})(Re||(Re={}));function Et(e){}",
        &[": function(e){e[e.P=0]=\"P\";const n=1;e[e.R=n]=\"R\"}", "Et: function Et(e){}"],
    );
    check(
        "async function g(t){const e=await f(new K(`balance ${t}`))}const n=t=>document.getElementById(t),m=1",
        &[
            "g: function g(t){const e=await f(new K(`balance ${t}`))}",
            "n: t=>document.getElementById(t)",
        ],
    );
}
