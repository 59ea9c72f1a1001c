// page.js - asks the exporter for figures and draws them.  Whatever a host says is text: textContent alone.
"use strict";

const ASK_MS = 2000, LATE_S = 6, HOUR_S = 3600, COLOURS = 8;
const DOWN = "The exporter does not answer. This page tries again every two seconds.";
const byId = (id) => document.getElementById(id);
const hosts = new Map(); // id => {name, number, shown, points: Map of step => [offset_ns, bound_ns]}
let stepMs = 6000, last = 0, leftOut = 0, hostsMax = 0, loads = 0;
let heard = null, known = null; // instants: of the last answer, and of the last figures of berkd
let state = null, cursor = null, range = 300, fit = "bounds";

// --- Words ---

// What nobody sees, or turns the direction of writing, could pass for another name.
function seen(text) {
	return String(text ?? "").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
		(c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
}

function interval(ns) {
	const size = Math.abs(ns);
	const [unit, of] = size < 999.5 ? ["ns", 1] : size < 999.5e3 ? ["µs", 1e3]
		: size < 999.5e6 ? ["ms", 1e6] : ["s", 1e9];
	const v = size / of;
	return ns === 0 ? "0" : v.toFixed(of === 1 || v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2) + " " + unit;
}

const figure = (ns, how) => Number.isFinite(ns) ? how(ns) : "-";
const offset = (ns) => (ns > 0 ? "+" : ns < 0 ? "\u2212" : "") + interval(ns);

function ago(s) {
	s = Math.round(s);
	if (s < 60) return s < 1 ? "now" : s + " s ago";
	return s < HOUR_S ? Math.floor(s / 60) + " min " + s % 60 + " s ago" : "1 h ago";
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");
const nameOf = (member) => seen(member.name) || String(member.id).slice(0, 8) + "...";

function element(tag, className, text) {
	const e = document.createElement(tag);
	e.className = className;
	e.textContent = text ?? "";
	return e;
}

function setText(id, text) {
	if (byId(id).textContent !== text) byId(id).textContent = text;
}

// Of the two clocks of a browser one may be stepped, and the other may stop in a suspend: what is old looks old.
const instant = (age = 0) => ({steady: performance.now() - age, wall: Date.now() - age});
const secondsSince = (t) => Math.max(performance.now() - t.steady, Date.now() - t.wall, 0) / 1000;

// For how long the exporter has been silent; 0 while it answers.
function late() {
	const s = heard ? secondsSince(heard) : 0;
	return s > LATE_S ? s : 0;
}

// --- What is known ---

function hostOf(id, name) {
	if (!hosts.has(id)) hosts.set(id, {name, number: hosts.size, shown: true, points: new Map()});
	hosts.get(id).name = name;
	return hosts.get(id);
}

function takeHistory(h) {
	if (h.last < last) { // steps are counted since the boot, and this is another one: ask for all of it
		hosts.clear();
		last = 0;
		return;
	}
	stepMs = h.step_ms;
	last = h.last;
	leftOut = h.left_out;
	hostsMax = h.hosts_max;
	for (const row of h.hosts) {
		const host = hostOf(row.id, nameOf(row));
		row.offset_ns.forEach((ns, i) => {
			if (ns !== null) host.points.set(h.first + i, [ns, row.bound_ns[i]]);
		});
	}
	for (const [id, host] of hosts) {
		for (const step of host.points.keys()) {
			if (last - step >= HOUR_S * 1000 / stepMs) host.points.delete(step);
		}
		if (host.points.size === 0) hosts.delete(id);
	}
}

async function fetchJson(path) {
	const answer = await fetch(path, {signal: AbortSignal.timeout(5000)});
	if (!answer.ok) throw new Error(path + ": " + answer.status);
	return answer.json();
}

async function turn() {
	let fault = "";
	if (!document.hidden) {
		try {
			state = await fetchJson("/api/state");
			if (state.loads !== loads) last = 0; // it has read more of the past: ask for all of it
			loads = state.loads;
			takeHistory(await fetchJson("/api/history?since=" + last));
			heard = instant();
			if (state.reachable) known = instant(state.age_ms);
			else fault = state.why;
		} catch (e) {
			fault = DOWN;
		}
		show(fault);
	}
	setTimeout(turn, ASK_MS);
}

// --- The page but for the plot ---

function showBanner(fault) {
	const room = leftOut > 0 ? "The plot has room for " + hostsMax + " hosts; " + leftOut + " more are only in the table." : "";
	const text = fault ? seen(fault) : room;
	byId("banner").hidden = !text;
	byId("banner").className = fault ? "banner error" : "banner";
	setText("banner", text);
}

// The words of `berkctl check`.  They say how long something lasts, so nobody is called for each of them anew.
function showProblems(findings, status) {
	byId("problems").hidden = findings.length === 0;
	byId("problems").className = status && status.synced ? "banner" : "banner error";
	byId("findings").replaceChildren(...findings.map((f) => {
		const line = element("li", "");
		line.append(...sentence(seen(f)).split("`").map((part, i) => i % 2 ? element("code", "", part) : part));
		return line;
	}));
}

function showTiles(fault, s) {
	const pill = fault === DOWN ? ["bad", "exporter not reachable"] : fault ? ["bad", "not reachable"]
		: !s.synced ? ["bad", "not synchronised"] : s.hold ? ["warn", "held"]
		: s.island ? ["warn", "synchronised, an island"] : ["good", "synchronised"];
	byId("pill").className = pill[0];
	setText("pill", pill[1]);
	setText("host", s ? "on " + nameOf(s) : "");
	document.title = (s ? nameOf(s) + ": " : "") + pill[1] + " - berkd";
	setText("bound", s ? figure(s.bound_ns, interval) : "-");
	setText("offset", s ? figure(s.offset_ns, offset) : "-");
	setText("role", s ? seen(s.role) : "-");
	setText("role-note", !s ? "of this host"
		: "master " + (seen(s.master_name) || "none") + ", deputy " + (seen(s.deputy_name) || "none"));
	setText("hosts", s ? s.n_alive + " of " + s.n_table : "-");
	setText("hosts-note", s && Number.isFinite(s.n_used) ? "alive, " + s.n_used + " averaged" : "alive");
	setText("version", s ? "berkd " + seen(s.version) + "." : "");
}

function showMembers(members, old) {
	const rows = members.map((m) => {
		const row = element("tr", old ? "old" : "");
		const head = element("th", "");
		const host = hosts.get(m.id);
		head.scope = "row";
		if (m.master || m.deputy) head.dataset.role = m.master ? "master" : "deputy"; // where there is no room for a column
		head.append(element("span", "swatch c" + (host ? host.number % COLOURS : 7)), nameOf(m));
		const why = m.reason && m.reason !== "none" ? ", " + m.reason : "";
		row.append(head,
			element("td", "wide", m.master ? "master" : m.deputy ? "deputy" : "member"),
			element("td", "", seen(m.state + why)),
			element("td", "figure", figure(m.offset_ns, offset)),
			element("td", "figure", figure(m.bound_ns, interval)),
			element("td", "figure wide", figure(m.delay_ns, interval)),
			element("td", "figure wide", figure(m.weight_ppm, (v) => (v / 1e4).toFixed(1) + " %")),
			element("td", "figure wide", m.self ? "this host"
				: figure(m.heard_ago_ns, (v) => interval(v) + " ago")));
		return row;
	});
	byId("members").replaceChildren(...rows);
}

// What is known of the last hour, if nothing was told.
function nothing(fault) {
	if (fault || !state || !Number.isFinite(state.events_ms)) return "Not known.";
	const s = Math.round(state.events_ms / 1000);
	return "None in the last " + (s >= HOUR_S ? "hour." : s >= 60 ? Math.floor(s / 60) + " min." : s + " s.");
}

function showEvents(events, fault) {
	const cut = state && state.events_cut;
	byId("no-events").hidden = events.length > 0 && !cut;
	setText("no-events", events.length === 0 ? nothing(fault)
		: "Older ones are left out: there is room for " + state.events_max + ". All are in the journal of berkd.");
	byId("events").replaceChildren(...events.map((e) => {
		const line = element("li", seen(e.level));
		line.append(element("time", "", ago(e.ago_ms / 1000 + late())),
			element("span", "level", seen(e.level)),
			element("span", "text", seen(e.text)));
		return line;
	}));
}

function showLegend() {
	const wanted = [...hosts.keys()].join(" ") + [...hosts.values()].map((h) => h.name).join("\n");
	if (byId("legend").dataset.shown === wanted) return; // the focus stays where it is
	byId("legend").dataset.shown = wanted;
	byId("legend").replaceChildren(...[...hosts.values()].map((host) => {
		const button = element("button", "c" + host.number % COLOURS);
		button.type = "button";
		button.setAttribute("aria-pressed", host.shown);
		button.append(element("span", "swatch"), host.name);
		button.addEventListener("click", () => {
			host.shown = !host.shown;
			button.setAttribute("aria-pressed", host.shown);
			draw();
		});
		return button;
	}));
}

let members = [];
function show(fault) {
	const status = fault ? null : state.status;
	if (!fault) members = state.members || [];
	showBanner(fault);
	showProblems(fault ? [] : state.findings || [], status);
	showTiles(fault, status);
	showMembers(members, Boolean(fault));
	showEvents(state ? state.events : [], fault);
	byId("age").hidden = !fault || !known;
	setText("age", fault && known ? "What is shown is not of now: the last figures are of " + ago(secondsSince(known)) + "."
		: "");
	showLegend();
	draw();
}

// --- The plot ---

const margin = {left: 70, right: 12, top: 14, bottom: 26};

function svgElement(tag, className, attributes, text) {
	const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
	e.setAttribute("class", className);
	for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
	if (text !== undefined) e.textContent = text;
	return e;
}

const secondsAgo = (step) => (last - step) * stepMs / 1000 + late();
const drawn = () => [...hosts.values()].filter((h) => h.shown);

// From the lowest to the highest that is to be seen, with 0 among them.
function limits() {
	let low = 0, high = 0;
	for (const host of drawn()) {
		for (const [step, [ns, bound]] of host.points) {
			if (secondsAgo(step) > range) continue;
			const more = fit === "bounds" ? bound : 0;
			low = Math.min(low, ns - more);
			high = Math.max(high, ns + more);
		}
	}
	const space = Math.max((high - low) * 0.06, 10);
	return [low - space, high + space];
}

// About @n round numbers from @low to @high.
function ticks(low, high, n) {
	const raw = (high - low) / n, power = 10 ** Math.floor(Math.log10(raw));
	const step = power * [1, 2, 5, 10].find((f) => f * power >= raw);
	const list = [];
	for (let v = Math.ceil(low / step) * step; v <= high; v += step) list.push(Math.abs(v) < step / 1e3 ? 0 : v);
	return list;
}

// The runs of steps without a gap.
function runs(host) {
	const list = [];
	let before = null;
	for (const step of [...host.points.keys()].sort((a, b) => a - b)) {
		if (secondsAgo(step) > range) continue;
		if (before === null || step - before > 1) list.push([]);
		list[list.length - 1].push(step);
		before = step;
	}
	return list;
}

function drawFrame(svg, x, y, width, height, low, high) {
	for (const v of ticks(low, high, 6)) {
		const at = y(v).toFixed(1);
		svg.append(
			svgElement("line", v === 0 ? "zero" : "grid",
				{x1: margin.left, x2: width - margin.right, y1: at, y2: at}),
			svgElement("text", "tick", {x: margin.left - 8, y: Number(at) + 4, "text-anchor": "end"},
				offset(v)));
	}
	const n = 5;
	for (let i = 0; i <= n; i++) {
		if (width < 500 && i % 2) continue; // there is room for half of them
		const s = range * i / n;
		const anchor = i === 0 ? "end" : i === n ? "start" : "middle";
		svg.append(svgElement("text", "tick", {x: x(s), y: height - 6, "text-anchor": anchor},
			i === 0 ? "now" : s >= 60 ? "\u2212" + s / 60 + " min" : "\u2212" + s + " s"));
	}
}

function drawHost(svg, host, x, y) {
	const at = (step, ns) => x(secondsAgo(step)).toFixed(1) + " " + y(ns).toFixed(1);
	const colour = "c" + host.number % COLOURS, dash = "d" + Math.floor(host.number / COLOURS) % COLOURS;
	let curve = "", band = "";
	for (const run of runs(host)) {
		const edge = (sign) => run.map((s) => at(s, host.points.get(s)[0] + sign * host.points.get(s)[1]));
		curve += "M" + run.map((s) => at(s, host.points.get(s)[0])).join("L") + (run.length === 1 ? "h0" : "");
		band += "M" + [...edge(1), ...edge(-1).reverse()].join("L") + "Z";
	}
	svg.append(svgElement("path", "band " + colour, {d: band}),
		svgElement("path", "curve " + colour + " " + dash, {d: curve}));
}

// Events of notice and above, as the list below the plot has them.
function drawEvents(svg, x, upright) {
	for (const e of state ? state.events : []) {
		const s = e.ago_ms / 1000 + late(), at = x(s);
		if (s > range || e.level === "info") continue;
		svg.append(upright("mark " + seen(e.level), s),
			svgElement("path", "mark-head " + seen(e.level),
				{d: "M" + (at - 5) + " " + (margin.top - 10) + "h10l-5 8z"}));
	}
}

function draw() {
	const svg = byId("svg"), box = svg.getBoundingClientRect();
	const width = Math.max(box.width, 200), height = Math.max(box.height, 100), [low, high] = limits();
	const x = (s) => width - margin.right - s / range * (width - margin.left - margin.right);
	const y = (ns) => margin.top + (high - ns) / (high - low) * (height - margin.top - margin.bottom);
	svg.setAttribute("viewBox", "0 0 " + width + " " + height);
	svg.replaceChildren();
	drawFrame(svg, x, y, width, height, low, high);
	const clip = svgElement("svg", "", {x: margin.left, y: margin.top, width: width - margin.left - margin.right,
		height: height - margin.top - margin.bottom, viewBox: margin.left + " " + margin.top + " " +
		(width - margin.left - margin.right) + " " + (height - margin.top - margin.bottom)});
	for (const host of drawn()) drawHost(clip, host, x, y);
	svg.append(clip);
	const upright = (className, s) => svgElement("line", className,
		{x1: x(s), x2: x(s), y1: margin.top, y2: height - margin.bottom});
	drawEvents(svg, x, upright);
	if (cursor !== null) svg.append(upright("cursor", cursor));
	readOut();
}

// The figures at the cursor, in words.
function readOut() {
	const back = Math.round(((cursor ?? 0) - late()) * 1000 / stepMs);
	// A step that has just begun has no figures yet.
	const begun = back === 0 && late() === 0 && !drawn().some((host) => host.points.has(last));
	const step = last - (begun ? 1 : back);
	const parts = drawn().flatMap((host) => {
		const p = host.points.get(step);
		return p ? [host.name + " " + offset(p[0]) + " \u00b1 " + interval(p[1])] : [];
	});
	const text = ago(cursor ?? 0) + ": " + (parts.join("; ") || "nothing is known");
	setText("readout", cursor === null
		? "Point at the plot, tap it, or use the arrow keys in it, to read the figures of a moment." : text);
	byId("plot").setAttribute("aria-valuenow", -(cursor ?? 0));
	byId("plot").setAttribute("aria-valuetext", text);
}

function moveCursor(s) {
	cursor = s === null ? null : Math.min(Math.max(Math.round(s * 1000 / stepMs) * stepMs / 1000, 0), range);
	draw();
}

byId("plot").addEventListener("keydown", (e) => {
	const stride = stepMs / 1000 * (e.shiftKey ? 10 : 1);
	const to = {ArrowLeft: (cursor ?? 0) + stride, ArrowRight: (cursor ?? 0) - stride, Home: range, End: 0,
		Escape: null}[e.key];
	if (to === undefined) return;
	e.preventDefault();
	moveCursor(to);
});
function point(e) {
	const box = byId("svg").getBoundingClientRect(), wide = box.width - margin.left - margin.right;
	moveCursor((box.right - margin.right - e.clientX) / wide * range);
}
byId("plot").addEventListener("pointerdown", point);
byId("plot").addEventListener("pointermove", point);
// A finger leaves when it is lifted, and then the figures are to be read.
byId("plot").addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse") moveCursor(null); });
new ResizeObserver(() => draw()).observe(byId("plot"));

// --- Controls ---

function readControls() { // a browser may keep them over a reload
	range = Number(document.querySelector("input[name=range]:checked").value);
	fit = document.querySelector("input[name=fit]:checked").value;
	byId("plot").setAttribute("aria-valuemin", -range);
	moveCursor(null);
}
for (const input of document.querySelectorAll("input")) input.addEventListener("change", readControls);

const wish = matchMedia("(prefers-color-scheme: dark)");
let chosen = null; // this page's own, instead of the browser's
function showTheme() {
	const dark = chosen ?? wish.matches;
	document.documentElement.dataset.theme = dark ? "dark" : "light";
	byId("theme").setAttribute("aria-pressed", dark);
}
try {
	const kept = localStorage.getItem("dark");
	chosen = kept === null ? null : kept === "yes";
} catch (e) { /* storage is off: the choice lasts as long as the page */ }
byId("theme").addEventListener("click", () => {
	chosen = !(chosen ?? wish.matches);
	try {
		localStorage.setItem("dark", chosen ? "yes" : "no");
	} catch (e) { /* as above */ }
	showTheme();
});
wish.addEventListener("change", showTheme);
document.addEventListener("visibilitychange", () => { if (!document.hidden && state) draw(); });
showTheme();
readControls();
turn();
