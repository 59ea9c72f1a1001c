// page.mjs - what test_page.pl asks of the page in a browser; FOLDER takes its wishes for a daemon.
import {createRequire} from "module";
import {writeFileSync} from "fs";

const [folder, modules, chromium, shots] = process.argv.slice(2);
const {chromium: browsers} = createRequire(modules + "/")("playwright-core");
const URL = "http://localhost:9625/", PATIENCE = {timeout: 60000};
let bad = 0;

function check(holds, what) {
	if (holds) return;
	console.log("FAIL: " + what);
	bad = 1;
}
const want = (group) => writeFileSync(folder + "/want-" + group, "");
const shot = async (page, name) => shots && page.screenshot({path: shots + "/" + name + ".png", fullPage: true});
const pillIs = (page, text) => page.waitForFunction((t) => document.getElementById("pill").textContent === t, text,
	PATIENCE);
const curves = (page) => page.$$eval("path.curve",
	(list) => list.filter((c) => c.getAttribute("d").startsWith("M")).length);
const overflows = (page) => page.evaluate(() => {
	const e = document.documentElement;
	return e.scrollWidth > e.clientWidth;
});
// At once: the next answer shows its own events.
const noEvents = (page, fault) => page.evaluate((f) => {
	showEvents([], f);
	return document.getElementById("no-events").textContent;
}, fault);
const back = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

// Every console error, CSP violation and request that goes elsewhere.
async function open(browser, options) {
	const page = await browser.newPage(options), faults = [];
	page.on("console", (m) => ["error", "warning"].includes(m.type()) && faults.push(m.text()));
	page.on("pageerror", (e) => faults.push(e.message));
	page.on("request", (r) => r.url().startsWith(URL) || faults.push("asks for " + r.url()));
	page.on("dialog", (d) => { faults.push("dialog " + d.message()); d.dismiss(); });
	await page.goto(URL);
	return {page, faults};
}

// Tab from the top of the page to its end: what has the focus, and whether it is seen.
async function walk(page) {
	const seen = [];
	await page.evaluate(() => document.activeElement.blur());
	for (let i = 0; i < 40; i++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() => {
			const e = document.activeElement, style = getComputedStyle(e), label = e.closest("label");
			const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
			return e === document.body ? null : {what: e.id || e.name || e.textContent || e.className,
				visible: ring(style) || Boolean(label && ring(getComputedStyle(label))),
				named: Boolean(e.ariaLabel || e.textContent.trim() || label
					|| e.getAttribute("aria-labelledby"))};
		});
		if (at === null) break;
		if (seen.length && seen[0].what === at.what) break;
		seen.push(at);
	}
	return seen;
}

const browser = await browsers.launch({executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"]});
try {
	const {page, faults} = await open(browser, {viewport: {width: 1100, height: 1000}, colorScheme: "light"});

	// Without a daemon it says so; with one it recovers by itself.
	await pillIs(page, "not reachable");
	check((await page.textContent("#banner")).includes("berkd does not run"), "the banner says why");
	want("five");
	await pillIs(page, "synchronised");
	check(await page.isHidden("#banner"), "the banner goes");
	await page.waitForFunction(() => document.querySelectorAll("path.curve").length === 5, null, PATIENCE);
	check(await curves(page) === 5, "a curve for each of five hosts");
	check(await page.$$eval("path.band", (l) => l.length) === 5, "a band for each");
	check((await page.$$eval("#members tr",
		(l) => l.map((r) => r.cells[0].textContent + r.cells[1].textContent))).join() ===
		"alphamember,betamaster,gammadeputy,deltamember,epsilonmember", "the table has hosts and roles");
	await page.waitForFunction(() => document.getElementById("events").textContent.includes("Following master beta"),
		null, PATIENCE);
	check(await page.locator(".mark").count() > 0, "events are marked in the plot");

	// By keyboard alone.
	const stops = await walk(page), names = stops.map((s) => s.what);
	check(["theme", "range", "fit", "plot"].every((n) => names.includes(n)) && names.includes("alpha")
		&& names.includes("epsilon"),
		"the keyboard reaches every control: " + names.join(", "));
	check(stops.every((s) => s.visible), "the focus is seen: " + JSON.stringify(stops.filter((s) => !s.visible)));
	check(stops.every((s) => s.named), "each control has a name: " + JSON.stringify(stops.filter((s) => !s.named)));
	await page.focus("#plot");
	await page.keyboard.press("ArrowLeft");
	check(/^6 s ago: /.test(await page.textContent("#readout")),
		"an arrow key moves the cursor: " + await page.textContent("#readout"));
	await page.keyboard.press("End");
	check(/^now: .*alpha [+\u2212].* \u00b1 /.test(await page.textContent("#readout")), "the read-out has figures");
	check((await page.getAttribute("#plot", "aria-valuetext")).includes("alpha"), "and a screen reader hears them");
	await page.keyboard.press("Escape");
	await page.focus("#legend button");
	await page.keyboard.press("Space");
	check(await curves(page) === 4, "a host can be hidden");
	await page.keyboard.press("Space");
	check(await curves(page) === 5, "and shown again");
	await page.focus("input[name=range]:checked");
	await page.keyboard.press("ArrowRight");
	check((await page.textContent("svg")).includes("15 min"), "the range is changed by an arrow key");
	check(await page.getAttribute("#plot", "aria-valuemin") === "-900", "and a screen reader hears how far it goes");

	// Light and dark.
	const light = await back(page);
	await shot(page, "light");
	await page.focus("#theme");
	await page.keyboard.press("Enter");
	check(await back(page) !== light && await page.getAttribute("#theme", "aria-pressed") === "true",
		"the switch makes it dark");
	await shot(page, "dark");
	await page.reload();
	check(await back(page) !== light, "and it stays so");
	await page.click("#theme");
	check(await back(page) === light, "and light again");
	check(faults.length === 0, "light page: " + faults.join("; "));
	await page.close();

	// A phone, in the dark.
	const phone = await open(await browser.newContext({viewport: {width: 360, height: 740}, colorScheme: "dark",
		hasTouch: true}), {});
	await pillIs(phone.page, "synchronised");
	check(await back(phone.page) !== light, "dark where the browser wishes so");
	check(!await overflows(phone.page), "no horizontal scroll at 360 px");
	check(await phone.page.$eval(".scroll", (e) => e.scrollWidth <= e.clientWidth), "all columns of the table are seen");
	check((await phone.page.$$eval("#members th",
		(l) => l.map((e) => getComputedStyle(e, "::after").content).join())) === 'none,"master","deputy",none,none',
		"who leads is told without the column");
	await shot(phone.page, "phone");

	// A finger on the plot: its figures stay when it is lifted.
	const box = await phone.page.locator("#plot").boundingBox();
	await phone.page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
	check(/alpha [+\u2212].* \u00b1 /.test(await phone.page.textContent("#readout")),
		"a tap reads the figures: " + await phone.page.textContent("#readout"));

	// What is wrong, in the words of berkctl check.
	want("held");
	await pillIs(phone.page, "held");
	const findings = await phone.page.$$eval("#findings li", (l) => l.map((e) => e.textContent));
	check(findings.length === 3 && findings.some((f) =>
		/^The group is held for another 90\.0 s, as user 0 on alpha has ordered, .*: berkctl resume\.$/.test(f)),
		"three problems are told: " + findings.join(" "));
	check(await phone.page.isVisible("#problems"), "and are seen");
	check(await phone.page.textContent("#findings code") === "berkctl doctor", "and what to type looks so");
	check(!await overflows(phone.page), "no horizontal scroll by problems");
	await shot(phone.page, "held");

	// Many hosts do not push the plot out of sight.
	want("many");
	await phone.page.waitForFunction(() => document.querySelectorAll("#legend button").length === 64, null, PATIENCE);
	check(await phone.page.$eval("#legend", (e) => e.offsetHeight) < 200, "the list of many hosts is short");
	check((await phone.page.textContent("#banner")).includes("more are only in the table"), "some have no room");
	check(!await overflows(phone.page), "no horizontal scroll by many hosts");
	await shot(phone.page, "many");

	// Names that would be markup.
	want("hostile");
	await pillIs(phone.page, "synchronised");
	check(await phone.page.isHidden("#problems"), "no problem is told where there is none");
	await phone.page.waitForFunction(() => document.getElementById("members").textContent.includes("<img"), null,
		PATIENCE);
	check(await phone.page.$$eval("main img, main script", (l) => l.length) === 0, "a name is text");
	check(!(await phone.page.title()).includes("owned") || (await phone.page.title()).startsWith("<img"),
		"and does nothing");
	check((await phone.page.textContent("#members")).includes("\\u{202e}atled"), "what turns the writing is shown");
	check(!await overflows(phone.page), "no horizontal scroll by long names");

	// The daemon goes.  Figures that were old when they came are older by that.
	await phone.page.evaluate(() => {
		window.askPlainly = fetchJson;
		fetchJson = async (path) => {
			const answer = await askPlainly(path);
			if (Number.isFinite(answer.age_ms)) answer.age_ms += 100000;
			return answer;
		};
	});
	await phone.page.waitForFunction(() => state.age_ms >= 100000, null, PATIENCE);
	want("none");
	await pillIs(phone.page, "not reachable");
	check(await phone.page.locator("#members tr.old").count() === 5, "old figures look old");
	check(/of [1-9]\d* min \d+ s ago\.$/.test(await phone.page.textContent("#age")), "and their age is told");
	await phone.page.evaluate(() => { fetchJson = askPlainly; });
	want("five");
	await pillIs(phone.page, "synchronised");
	await phone.page.waitForFunction(() => state.age_ms < 100000, null, PATIENCE);
	check(await phone.page.isHidden("#age"), "figures of now have no age");
	check(phone.faults.length === 0, "phone: " + phone.faults.join("; "));

	// The exporter goes, and nothing is of now any more.
	check(/^None in the last /.test(await noEvents(phone.page, "")), "no event is told with its time");
	want("gone");
	await pillIs(phone.page, "exporter not reachable");
	await phone.page.waitForFunction(() => late() > 7, null, PATIENCE);
	check(/of \d+ s ago\.$/.test(await phone.page.textContent("#age")), "the age of the figures is told");
	await phone.page.focus("#plot");
	await phone.page.keyboard.press("End");
	check(await phone.page.textContent("#readout") === "now: nothing is known", "the plot has nothing of now");
	check(await phone.page.evaluate(() => secondsAgo(last)) > 7, "and moves on");
	check(!(await phone.page.$$eval("#events time", (l) => l.map((t) => t.textContent))).includes("now"),
		"no event is of now");
	check(await noEvents(phone.page, "x") === "Not known.", "nor is it known that there was none");
	console.log(bad ? "the page failed" : "the page, in Chromium " + browser.version());
} catch (e) {
	check(false, e.message);
} finally {
	await browser.close();
}
process.exit(bad);
