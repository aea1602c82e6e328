package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.opentest4j.TestAbortedException;

/** A headless Chromium. Each page that it looks at must be accessible and log no error. */
final class Browser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final ChromeDriver chrome;

    private Browser(ChromeDriver chrome) {
        this.chrome = chrome;
    }

    static Browser open() {
        return open(true);
    }

    /** @throws TestAbortedException if Chromium and its driver are not installed */
    static Browser open(boolean withJavaScript) {
        for (Path part : List.of(CHROMIUM, DRIVER)) {
            if (!Files.isExecutable(part)) {
                throw new TestAbortedException(
                        "No browser: " + part + " is missing; install the packages chromium and chromium-driver");
            }
        }
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1000,900");
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logging);
        if (!withJavaScript) {
            options.setExperimentalOption("prefs", Map.of("profile.managed_default_content_settings.javascript", 2));
        }
        return new Browser(new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .build(),
                options));
    }

    /** Returns whether the scripts of the page run. */
    boolean runsScripts() {
        return !"undefined".equals(chrome.executeScript("return typeof htmx"));
    }

    void goTo(String url) {
        chrome.get(url);
    }

    /** Clicks a button or a link, and returns once another page is loaded. */
    void click(String name) {
        Object page = awaitPageOtherThan("none");
        chrome.findElement(By.xpath("(//button | //a)[normalize-space()='" + name + "']"))
                .click();
        awaitPageOtherThan(page);
    }

    private Object awaitPageOtherThan(Object page) {
        return new WebDriverWait(chrome, LONGEST_WAIT)
                // The script fails while the browser leaves the page.
                .ignoring(WebDriverException.class)
                .until(driver -> {
                    Object loaded = loadedPage();
                    return loaded.equals(page) || loaded.equals("none") ? null : loaded;
                });
    }

    /** Returns the time at which the load of the page began, which identifies the page, or "none" while it loads. */
    private Object loadedPage() {
        return chrome.executeScript("return document.readyState == 'complete' ? performance.timeOrigin : 'none'");
    }

    void type(String field, String text) {
        WebElement input = chrome.findElement(By.name(field));
        input.clear();
        input.sendKeys(text);
    }

    String text() {
        return chrome.findElement(By.tagName("body")).getText();
    }

    List<String> texts(String css) {
        return chrome.findElements(By.cssSelector(css)).stream()
                .map(WebElement::getText)
                .toList();
    }

    boolean shows(String id) {
        return !chrome.findElements(By.id(id)).isEmpty();
    }

    void reload() {
        chrome.navigate().refresh();
    }

    /** Keeps a picture of the page, and asserts that it is accessible and that its console has no error. */
    void check(String name) {
        check(name, List.of());
    }

    /** @param expected parts of console messages that belong to the page, such as the status of a failure */
    void check(String name, List<String> expected) {
        try {
            Files.createDirectories(SCREENSHOTS);
            Files.write(SCREENSHOTS.resolve(name + ".png"), chrome.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(chrome.manage().logs().get(LogType.BROWSER).getAll())
                .as("console of %s", name)
                .filteredOn(entry -> expected.stream().noneMatch(entry.getMessage()::contains))
                .isEmpty();
        assertThat(new AxeBuilder().analyze(chrome).getViolations())
                .as("accessibility of %s", name)
                .extracting(Rule::getId)
                .isEmpty();
    }

    @Override
    public void close() {
        chrome.quit();
    }
}
