"""The page, as an enthusiast uses it."""

import shutil
import threading
import time

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

JIG = {"genre": "jig", "bars": 4}


@pytest.fixture
def address(settings_of, monkeypatch):
    import uvicorn

    from melodyai_edu.api.music_generation_api import create_app

    config = uvicorn.Config(create_app(settings_of()), port=0, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.best_model
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_somebody_composes_without_an_account(address):
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        told = []
        page.on(
            "console", lambda message: told.append(message) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#genre option[value=jig]", state="attached")
        page.select_option("#genre", "jig")
        page.select_option("#mood", "happy")
        page.fill("#bars", "4")
        page.click("#compose")
        page.wait_for_selector("#piece:not([hidden])", timeout=120_000)
        assert "Jig" in page.inner_text("#title")
        frame = page.frame_locator("#player")
        frame.locator("svg").first.wait_for(timeout=30_000)
        frame.get_by_role("button", name="Play").first.click()
        with page.expect_download() as download:
            page.click("#files a:has-text('mid')")
        assert download.value.suggested_filename.endswith(".mid")
        browser.close()
    assert told == []
