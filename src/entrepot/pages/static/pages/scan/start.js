// Where one begins: the warehouse, what to do, or a scan of anything, which leads where it belongs.

import { WAREHOUSE } from "./flow.js";
import { ways } from "./look.js";
import { isMute, setMute, signal } from "./signal.js";
import { settings, setSettings } from "./wedge.js";

const $ = (id) => document.getElementById(id);

export default {
  name: "start",

  open(page) {
    const select = $("warehouse");
    select.value = page.warehouse;
    select.addEventListener("change", () => {
      localStorage.setItem(WAREHOUSE, select.value);
      page.warehouse = select.value;
      page.draw();
      page.screen.sink.focus();
    });
    $("sound").checked = !isMute();
    $("sound").addEventListener("change", (event) => setMute(!event.target.checked));
    for (const button of document.querySelectorAll("[data-try]")) {
      button.addEventListener("click", () => {
        signal(button.dataset.try, performance.now());
        page.screen.answer(button.dataset.try, button.textContent, "");
      });
    }
    const known = settings();
    for (const name of ["prefix", "suffix", "fnc1"]) {
      $(`scanner-${name}`).value = known[name];
      $(`scanner-${name}`).addEventListener("change", (event) => setSettings({ ...settings(), [name]: event.target.value }));
    }
  },

  view(page) {
    document.body.dataset.ready = page.warehouse ? "yes" : "no";
    return page.warehouse ? { ask: page.say("start.scan") } : { ask: page.say("start.choose") };
  },

  async scanned(page, code) {
    if (!page.warehouse) return page.wrong(page.say("start.choose"));
    const { products, found } = await page.find(code);
    const there = ({ place }) => !place || place === `warehouse/${page.warehouse}` || place === `home/${page.warehouse}` || place.startsWith(`warehouse/${page.warehouse}/`) || place.startsWith(`home/${page.warehouse}/`);
    const its = found.find(there) ?? found[0];
    if (!products.length && !its) return page.wrong(page.say("refusals.unknown_barcode"), code.text);
    if (!products.length && !there(its)) return page.attention(page.say("start.elsewhere"), its.place);
    const [flow, query] = (!products.length && ways(its)) || ["look", new URLSearchParams({ code: code.raw })];
    page.right(products.length ? products[0].sku : page.say(`kinds.${its.kind}`), products.length ? products[0].name : its.code);
    return location.assign(`${flow}/?${query}`);
  },
};
