package dev.namespaces.hostplatform;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.NamespaceException;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.propertyeditors.StringTrimmerEditor;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.ModelAndView;

/**
 * Shows a page for each failure of the library; its category says which person can act. Spring Boot shows all other
 * failures on the same page.
 */
@ControllerAdvice(basePackageClasses = HostPlatform.class)
class FailurePages {

    /** Takes a blank field for a missing one, and "ada " for "ada". */
    @InitBinder
    void strip(WebDataBinder binder) {
        binder.registerCustomEditor(String.class, new StringTrimmerEditor(true));
    }

    /** Refuses forms of other sites. Nobody logs in, so such a form could do all that a person can. */
    @ModelAttribute
    void refuseOthers(@RequestHeader(name = "Sec-Fetch-Site", defaultValue = "none") String site, HttpMethod method) {
        if (method.equals(HttpMethod.POST) && !Set.of("same-origin", "none").contains(site)) {
            throw new ResponseStatusException(HttpStatus.FORBIDDEN, "The form is on another site");
        }
    }

    @ExceptionHandler
    ModelAndView failed(NamespaceException failure) {
        HttpStatus status = status(failure.category());
        Map<String, ?> model = Map.of(
                "status", status.value(),
                "error", status.getReasonPhrase(),
                "message", String.valueOf(failure.getMessage()),
                "category", failure.category(),
                "retryable", failure.isRetryable());
        return new ModelAndView("error", model, status);
    }

    private static HttpStatus status(ErrorCategory category) {
        return switch (category) {
            case INVALID -> HttpStatus.BAD_REQUEST;
            case NOT_FOUND -> HttpStatus.NOT_FOUND;
            case CONFLICT -> HttpStatus.CONFLICT;
            case REFUSED -> HttpStatus.UNPROCESSABLE_ENTITY;
            case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
            case MISCONFIGURED, INTERNAL -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    }
}
