package dev.namespaces.hostplatform;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.NamespaceException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.ModelAndView;

/** A page for each failure: who can act is in its category. */
@ControllerAdvice
class FailurePages {

    @ExceptionHandler
    ModelAndView failed(NamespaceException failure) {
        ModelAndView page = page(status(failure.category()), failure.getMessage());
        page.addObject("category", failure.category());
        page.addObject("retryable", failure.isRetryable());
        return page;
    }

    @ExceptionHandler
    ModelAndView failed(ResponseStatusException failure) {
        return page(HttpStatus.valueOf(failure.getStatusCode().value()), failure.getReason());
    }

    private static ModelAndView page(HttpStatus status, @Nullable String message) {
        ModelAndView page = new ModelAndView("failure", status);
        page.addObject("status", status);
        page.addObject("message", message);
        return page;
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
