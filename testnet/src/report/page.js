"use strict";
const views = JSON.parse(document.getElementById("views")?.textContent ?? "[]");
const slider = document.getElementById("time");
const heads = document.getElementById("heads");

function show() {
  if (!slider) return;
  const now = Number(slider.value);
  document.getElementById("now").textContent = (now / 1000).toFixed(2) + " s";
  for (const part of document.querySelectorAll("[data-t]")) {
    part.classList.toggle("hidden", Number(part.dataset.t) > now);
  }
  const latest = new Map();
  for (const view of views) if (view.at <= now) latest.set(view.node, view);
  const blocks = new Map();
  for (const block of document.querySelectorAll("#tree .block")) {
    block.classList.remove("isfinal");
    blocks.set(block.dataset.h, { block, up: [], down: [] });
  }
  for (const [node, view] of latest) {
    blocks.get(view.head)?.up.push(node);
    const final = blocks.get(view.fin);
    if (final) {
      final.down.push(node);
      final.block.classList.add("isfinal");
    }
  }
  heads.replaceChildren();
  for (const { block, up, down } of blocks.values()) {
    const x = Number(block.dataset.x), y = Number(block.dataset.y);
    write(up, x, y - 22, -13, "h");
    write(down, x, y + 28, 13, "f");
  }
}

function write(names, x, y, step, kind) {
  names.forEach((name, place) => {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("x", x);
    text.setAttribute("y", y + place * step);
    text.setAttribute("class", kind);
    text.textContent = name;
    heads.append(text);
  });
}

slider?.addEventListener("input", show);
show();
// The end of the chain is where things happen.
const tree = document.getElementById("tree")?.parentElement;
if (tree) tree.scrollLeft = tree.scrollWidth;
