#include "pooled_control.hpp"

#include <cpprest/http_client.h>

int post_twice_over_one_client(const std::string& address) {
  web::http::client::http_client client(address);
  int status = 0;
  for (const char* path : {"/first", "/second"}) {
    status = 0;
    try {
      const auto response = client.request(web::http::methods::POST, path, "quantity=1").get();
      status = response.status_code();
      response.content_ready().wait();
    } catch (const std::exception&) {
    }
  }
  return status;
}
