package dev.namespaces.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ProblemDetail;

/** Answers of type {@code application/problem+json} for failures of the library, if the host asks for them. */
@AutoConfiguration
@ConditionalOnWebApplication
@ConditionalOnClass(ProblemDetail.class)
@ConditionalOnProperty("namespaces.web.problem-details")
class NamespacesWebAutoConfiguration {

    @Bean
    FailureAdvice namespacesFailureAdvice() {
        return new FailureAdvice();
    }
}
