import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("mta_intervention_start_work", {
    steps: () => [
        {
            content: "Start the work",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            content: "It is in progress",
            trigger: ".o_arrow_button_current[data-value=in_progress]",
        },
    ],
});
