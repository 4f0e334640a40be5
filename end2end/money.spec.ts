import { expect, test } from "@playwright/test";
import { ADMIN, alive, inspect, mailTo, signIn, watchConsole } from "./support";

test("the pages about money are whole with a company's data", async ({ browser, page }, info) => {
  test.setTimeout(900_000);
  const seen: string[] = [];
  const options = { viewport: info.project.use.viewport, colorScheme: info.project.use.colorScheme, hasTouch: info.project.use.hasTouch };
  const admin = await (await browser.newContext(options)).newPage();
  for (const one of [page, admin]) watchConsole(one, seen);

  await test.step("a contractor reads the charges and the disputes", async () => {
    await signIn(page, "contractor@example.com", "plumbline-demo", /\/app\/contractor/);
    for (const [path, name] of [["billing", "30-contractor-billing"], ["disputes", "31-contractor-disputes-full"]]) {
      await page.goto(`/app/contractor/${path}`);
      await alive(page);
      await inspect(page, info, name);
    }
  });

  await test.step("the administrator goes through billing, disputes, jobs and bounced mail", async () => {
    await signIn(admin, ADMIN.name, ADMIN.password, /\/app\/admin/);
    for (const [path, name] of [["billing", "32-admin-billing"], ["disputes", "33-admin-disputes"], ["jobs", "34-admin-jobs"], ["bounced", "35-admin-bounced"]]) {
      await admin.goto(`/app/admin/${path}`);
      await alive(admin);
      await inspect(admin, info, name);
    }
  });

  await test.step("a customer opens the mailed link and says how it was", async () => {
    await fetch(`${process.env.PLUMBLINE_URL}/api/cron/send-feedback-emails?secret=${process.env.CRON_SECRET}`, { method: "POST" });
    const mail = await mailTo("", /\/feedback\/[A-Za-z0-9_-]+/);
    const link = mail.match(/https?:\/\/[^\s"<>]+\/feedback\/[A-Za-z0-9_-]+/)?.[0] ?? "";
    await page.goto(link);
    await alive(page);
    await inspect(page, info, "36-feedback");
    await page.goto("/feedback/nothing");
    await alive(page);
    await expect(page.getByText("This link does not work")).toBeVisible();
    await inspect(page, info, "37-feedback-unknown");
  });

  expect(seen.filter((line) => !line.includes("/feedback/nothing"))).toEqual([]);
});
