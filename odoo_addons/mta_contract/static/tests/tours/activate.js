import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("mta_contract_activate", {
    steps: () => [
        {
            content: "Activate the contract",
            trigger: "button[name=action_activate]",
            run: "click",
        },
        {
            content: "It is active",
            trigger: ".o_arrow_button_current[data-value=active]",
        },
    ],
});
