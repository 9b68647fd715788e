/** Every view in every scheme: nothing that shuts people out, and a picture to look at. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { VIEWS, browserTest, dialogGone, openExample, openView, picture, withPage } from "./harness.mjs";
import { readExamples } from "../../examples.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong, in a line each; of each rule the first places. */
async function faults(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const violations = await page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { runOnly: rules });
    const why = (node) => node.failureSummary.split("\n").slice(1, 2).join("").trim();
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${node.target}: ${why(node)}`));
  }, RULES);
  return violations;
}

const SCHEMES = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  forced: { forcedColors: "active" },
};

for (const [scheme, options] of Object.entries(SCHEMES)) {
  browserTest(`every view is there for everyone: ${scheme}`, async () => {
    await withPage({ ...options, reducedMotion: "reduce" }, async (page) => {
      /** Views by what is wrong there. */
      const wrong = new Map();
      for (const [name, title] of Object.entries(VIEWS)) {
        if (name === "migrate") await openExample(page, readExamples().find((it) => it.name === "migrate").title);
        await openView(page, title);
        assert.ok((await page.locator("#panel").textContent()).length > 40, name);
        for (const fault of await faults(page)) wrong.set(fault, [...(wrong.get(fault) ?? []), name]);
        await picture(page, `${name}-${scheme}`);
      }
      assert.deepEqual(Object.fromEntries(wrong), {});
    });
  });

  browserTest(`every dialog is there for everyone: ${scheme}`, async () => {
    await withPage({ ...options, reducedMotion: "reduce" }, async (page) => {
      /** Views by what is wrong there. */
      const wrong = new Map();
      const dialogs = {
        share: () => page.keyboard.press("Control+S"),
        examples: () => page.keyboard.press("Control+Shift+E"),
        keys: () => page.getByRole("button", { name: "keys" }).click(),
        explain: () => page.getByRole("button", { name: /^Explain/ }).first().click(),
        fix: () => page.getByRole("button", { name: /Fix all/ }).click(),
      };
      for (const [name, open] of Object.entries(dialogs)) {
        await open();
        await page.getByRole("dialog").waitFor();
        await page.waitForTimeout(400);
        for (const fault of await faults(page)) wrong.set(fault, [...(wrong.get(fault) ?? []), name]);
        await picture(page, `dialog-${name}-${scheme}`);
        await page.keyboard.press("Escape");
        await dialogGone(page);
      }
      assert.deepEqual(Object.fromEntries(wrong), {});
    });
  });
}

browserTest("a narrow screen shows one part at a time, and nothing beside it", async () => {
  await withPage({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, async (page) => {
    for (const part of ["Files", "Editor", "Answers"]) {
      await page.getByRole("navigation").getByRole("button", { name: part }).click();
      await picture(page, `narrow-${part.toLowerCase()}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${part} is ${width} wide`);
    }
    for (const [name, title] of Object.entries(VIEWS)) {
      await openView(page, title);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${name} is ${width} wide`);
      assert.deepEqual(await faults(page), [], name);
    }
  });
});

browserTest("what is to be hit is large enough", async () => {
  await withPage({}, async (page) => {
    const small = await page.evaluate(() => {
      const found = [];
      for (const element of document.querySelectorAll("button, select, input, [role=tab], [role=separator]")) {
        const { width, height } = element.getBoundingClientRect();
        const isShown = width > 1 && height > 1;
        // Links within a line of text are excepted, as in WCAG 2.5.8.
        const isInline = getComputedStyle(element).display.startsWith("inline") && element.closest("p, li") !== null;
        if (isShown && !isInline && (height < 24 || width < 24) && element.getAttribute("role") !== "separator") {
          found.push(`${element.className} ${element.textContent} ${Math.round(width)}x${Math.round(height)}`);
        }
      }
      return found;
    });
    assert.deepEqual(small, []);
  });
});

browserTest("what is asked for before it is there comes when it is", async () => {
  await withPage({}, async (page) => {
    let release = () => undefined;
    const isReleased = new Promise((resolve) => (release = resolve));
    await page.route("**/rest-*.js", async (route) => {
      await isReleased;
      await route.continue();
    });
    await page.goto("about:blank");
    await page.goBack();
    await page.getByRole("tab", { name: VIEWS.conf }).click();
    await page.getByText("loading the view").waitFor();
    await page.keyboard.press("Control+S");
    assert.equal(await page.getByRole("dialog").count(), 0);
    release();
    await page.getByRole("dialog").getByText("leave out").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#panel .node-file").first().waitFor();
  });
});

browserTest("what does not come is told", async () => {
  await withPage({}, async (page) => {
    // The browser itself says on the console what it cannot load.
    await page.route("**/rest-*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "throw 'gone';" }));
    await page.goto("about:blank");
    await page.goBack();
    await page.getByRole("tab", { name: VIEWS.conf }).click();
    await page.locator(".toast.is-shown").getByText("a part of the page did not come").waitFor();
    await page.getByText("loading the view").waitFor();
    // What is there goes on.
    await page.getByRole("tab", { name: VIEWS.trace }).click();
    await page.locator("#panel.panel-trace").waitFor();
  });
});
