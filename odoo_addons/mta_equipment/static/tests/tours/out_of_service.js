import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("mta_equipment_out_of_service", {
    steps: () => [
        {
            content: "Open the machine",
            trigger: ".o_data_cell:contains(Test Pump)",
            run: "click",
        },
        {
            content: "Take it out of service",
            trigger: "button[name=action_out_of_service]",
            run: "click",
        },
        {
            content: "It is out of service",
            trigger: ".o_arrow_button_current[data-value=out_of_service]",
        },
        {
            content: "The dispatcher can return it",
            trigger: "button[name=action_return_to_service]",
        },
    ],
});
