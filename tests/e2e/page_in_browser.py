"""Run where Chromium is: opens a report as a phone and as a desktop does, for what a reader finds.

``page_in_browser.py PAGE FOLDER`` writes ``facts.json``, by device, pictures and the printed page
to FOLDER.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

#: Width and height in CSS pixels, pixels of the screen for each, and whether a finger is used.
DEVICES = {"phone": (390, 844, 3, True), "desktop": (1440, 900, 1, False)}
#: What is cut off or sticks out of the window, outside of what can be scrolled by itself.
OUTSIDE = """
const found = [];
for (const one of document.querySelectorAll("body *")) {
  const place = one.getBoundingClientRect();
  if (!place.width || one.closest(".wide, pre, nav")) continue;
  if (place.left < -1 || place.right > innerWidth + 1) found.push(one.outerHTML.slice(0, 120));
}
return found;
"""
#: Whether one has to scroll sideways to read what the steps found.
CUT = """
return [...document.querySelectorAll("#steps .wide")].some((one) =>
  one.scrollWidth > one.clientWidth + 1);
"""
#: Words that are too small to read.
SMALL = """
return [...document.querySelectorAll("body *")]
  .filter((one) => one.offsetParent && [...one.childNodes].some((part) => part.nodeType === 3 &&
    part.data.trim()) && parseFloat(getComputedStyle(one).fontSize) < 12)
  .map((one) => one.outerHTML.slice(0, 120));
"""
#: Links of the navigation whose section is not seen after a click, or lies below the bar.
LOST = """
const bar = document.querySelector("nav"), lost = [];
if (!bar) return lost;
for (const link of bar.querySelectorAll("a")) {
  link.click();
  const target = document.querySelector(link.getAttribute("href"));
  const top = target ? target.getBoundingClientRect().top : -1;
  const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
  const hidden = top < bar.getBoundingClientRect().bottom - 1 && !end;
  if (hidden || top > innerHeight) lost.push(link.text);
}
scrollTo(0, 0);
return lost;
"""
SHOWN = (
    "return [...document.querySelectorAll('#findings [data-text]')].filter(o => !o.hidden).length"
)


def browser(folder: Path) -> WebDriver:
    """A Chromium that asks nobody on the network for anything."""
    options = webdriver.ChromeOptions()
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        *("no-first-run", f"user-data-dir={folder}"),
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService("/usr/bin/chromedriver")
    return webdriver.Chrome(options=options, service=service)


def facts(driver: WebDriver, page: str, device: str, folder: Path) -> dict[str, Any]:
    """What a reader with this device finds."""
    width, height, scale, mobile = DEVICES[device]
    screen = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    driver.get(page)
    found: dict[str, Any] = {
        "width": driver.execute_script("return innerWidth"),
        "scrolls": driver.execute_script("return document.documentElement.scrollWidth"),
        "outside": driver.execute_script(OUTSIDE),
        "cut": driver.execute_script(CUT),
        "small": driver.execute_script(SMALL),
        "lost": driver.execute_script(LOST),
        "heading": driver.find_element(By.TAG_NAME, "h1").text,
    }
    driver.save_screenshot(str(folder / f"{device}.png"))
    if driver.find_elements(By.ID, "findings"):
        found |= used(driver)
    found["console"] = [entry["message"] for entry in driver.get_log("browser")]
    return found


def used(driver: WebDriver) -> dict[str, Any]:
    """What becomes of the findings when a reader searches and unfolds them."""
    found: dict[str, Any] = {}
    section = driver.find_element(By.ID, "findings")
    field = section.find_element(By.CSS_SELECTOR, "input[type=search]")
    before = driver.execute_script(SHOWN)
    field.send_keys(word := "TEST_greet")
    found["filtered"] = [before, driver.execute_script(SHOWN)]
    field.send_keys(Keys.BACK_SPACE * len(word))
    found["filtered"].append(driver.execute_script(SHOWN))
    for state in ("no", "yes"):
        section.find_element(By.CSS_SELECTOR, f"button[data-open={state}]").click()
        parts = section.find_elements(By.TAG_NAME, "details")
        found[f"open: {state}"] = {part.get_attribute("open") for part in parts} == {
            "true" if state == "yes" else None
        }
    return found


def main() -> None:
    page, folder = Path(sys.argv[1]).resolve().as_uri(), Path(sys.argv[2])
    folder.mkdir()
    driver = browser(folder.parent / "profile")
    try:
        found = {device: facts(driver, page, device, folder) for device in DEVICES}
        (folder / "page.pdf").write_bytes(base64.b64decode(driver.print_page()))
    finally:
        driver.quit()
    (folder / "facts.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


main()
