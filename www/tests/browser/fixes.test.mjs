/** Quick fixes: shown before they are made, made as one step, and gone from the findings after. */

import assert from "node:assert/strict";
import { browserTest, dialogGone, picture, quiet, snapshotOf, withPage } from "./harness.mjs";

const safe = (snapshot) => snapshot.findings.filter(({ fix }) => fix?.safety === "safe");

browserTest("a fix is shown, applied, and turns the route around", async () => {
  await withPage({}, async (page) => {
    const before = await snapshotOf(page);
    const [wanted] = safe(before);
    assert.equal(before.trace.after[0].candidates[0].outcome.kind, "fails");
    const row = page.locator(".finding", { hasText: wanted.message.replaceAll("`", "") });
    await row.getByRole("button", { name: "Fix" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    assert.match(await dialog.textContent(), /redhat\//);
    await picture(page, "fix-preview");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await quiet(page);
    const after = await snapshotOf(page);
    assert.ok(!after.findings.some(({ message }) => message === wanted.message));
    assert.equal(after.trace.after[0].candidates[0].outcome.kind, "contacts");
    await picture(page, "fix-applied");
  });
});

browserTest("a preview that is closed changes nothing", async () => {
  await withPage({}, async (page) => {
    const before = await snapshotOf(page);
    await page.locator(".finding").getByRole("button", { name: /^Fix/ }).first().click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await dialogGone(page);
    await quiet(page);
    assert.deepEqual((await snapshotOf(page)).findings, before.findings);
  });
});

browserTest("all safe fixes at once leave none", async () => {
  await withPage({}, async (page) => {
    const before = await snapshotOf(page);
    assert.ok(safe(before).length >= 2);
    await page.getByRole("button", { name: /Fix all \(\d+\)/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: /^apply to/ }).click();
    await dialogGone(page);
    await quiet(page);
    const after = await snapshotOf(page);
    assert.deepEqual(safe(after), []);
    assert.ok(after.findings.length < before.findings.length);
    assert.ok(await page.getByRole("button", { name: "Fix all (0)" }).isDisabled());
  });
});
