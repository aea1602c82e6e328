package dev.namespaces.hostplatform;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.spring.FailureStatus;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.propertyeditors.StringTrimmerEditor;
import org.springframework.boot.web.servlet.error.DefaultErrorAttributes;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.ModelAndView;

/**
 * Shows a page for each failure of the library; its category says which person can act. Spring Boot shows all other
 * failures on the same page, or in JSON to a program.
 */
@ControllerAdvice(basePackageClasses = HostPlatform.class)
class FailurePages extends DefaultErrorAttributes {

    static final String UNEXPECTED = "The platform failed. Its log says why.";

    /** Leaves out the message of an unexpected failure: a driver's message may name a server, or even a password. */
    @Override
    protected String getMessage(WebRequest request, @Nullable Throwable failure) {
        Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE, RequestAttributes.SCOPE_REQUEST);
        return status instanceof Integer code && code >= 500 ? UNEXPECTED : super.getMessage(request, failure);
    }

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
