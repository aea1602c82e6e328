package dev.namespaces.hostplatform;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.spring.FailureStatus;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.beans.propertyeditors.StringTrimmerEditor;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.ModelAttribute;
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

    /**
     * Refuses forms of other sites. Nobody logs in, so such a form could do all that a person can. A browser leaves the
     * site out where it does not trust the address, such as a name of others that leads here, but never the origin.
     */
    @ModelAttribute
    void refuseOthers(HttpServletRequest form) {
        String site = form.getHeader("Sec-Fetch-Site");
        boolean isOurs = site == null ? form.getHeader("Origin") == null : site.matches("same-origin|none");
        if (form.getMethod().equals("POST") && !isOurs) {
            throw new ResponseStatusException(HttpStatus.FORBIDDEN, "The form is on another site");
        }
    }

    @ExceptionHandler
    ModelAndView failed(NamespaceException failure) {
        HttpStatus status = HttpStatus.valueOf(FailureStatus.of(failure.category()));
        Map<String, ?> model = Map.of(
                "status", status.value(),
                "error", status.getReasonPhrase(),
                "message", String.valueOf(failure.getMessage()),
                "category", failure.category(),
                "retryable", failure.isRetryable());
        return new ModelAndView("error", model, status);
    }
}
