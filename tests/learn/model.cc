// SPDX-License-Identifier: LGPL-2.1-or-later
#include "samples_on_graphs.h"

#include <nodal/learn/model.h>

#include <boost/test/unit_test.hpp>

#include <torch/types.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace samples;

BOOST_AUTO_TEST_SUITE(model_folder)

namespace
{
  const std::string folder = "model-with-faults";

  void write_good_model()
  {
    auto network = Registry<NeuralOperator>::create("multigrid");
    network->initialize(wave_shape(), wave_normalizer(), Random(3, 0, 0));
    ModelDescription description;
    description.operator_name = "multigrid";
    description.shape = wave_shape();
    description.normalizer = wave_normalizer();
    description.sources = {"source"};
    description.outputs = {"solution"};
    description.problem = "darcy";
    description.precision = "double";
    write_model(folder, description, *network);
  }

  std::string contents(const std::string &file)
  {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  void write(const std::string &file, const std::string &text)
  {
    std::ofstream(file, std::ios::binary) << text;
  }

  bool is_refused(const std::string &word)
  {
    const std::string message = message_of([] { Model::read(folder); });
    BOOST_TEST_INFO(message);
    return message.find(word) != std::string::npos;
  }
} // namespace

BOOST_AUTO_TEST_CASE(damaged_models_are_refused)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  std::filesystem::remove_all(folder);
  BOOST_TEST(is_refused("no model"));
  write_good_model();
  Model::read(folder);

  const std::string json = folder + "/model.json",
                    weights = folder + "/weights.pt",
                    good_json = contents(json),
                    good_weights = contents(weights);
  const auto replaced = [&](const std::string &from, const std::string &to)
  {
    std::string text = good_json;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  write(json, good_json.substr(0, good_json.size() / 2));
  BOOST_TEST(is_refused("damaged"));
  write(json, replaced("nodal model", "other model"));
  BOOST_TEST(is_refused("does not describe a model"));
  write(json, replaced("\"version\": 1", "\"version\": 99"));
  BOOST_TEST(is_refused("version 99"));
  write(json, replaced("\"multigrid\"", "\"multigird\""));
  BOOST_TEST(is_refused("Did you mean 'multigrid'"));
  write(json,
        replaced("\"parameters\": {}", "\"parameters\": {\"Chanels\": \"3\"}"));
  BOOST_TEST(is_refused("another version"));
  write(json, replaced("\"parameters\": {}",
                       "\"parameters\": {\"Channels\": \"3\"}"));
  BOOST_TEST(is_refused("of the size that its operator needs"));
  write(json, good_json);
  for (const std::size_t n : {std::size_t(0), std::size_t(100),
                              good_weights.size() / 2, good_weights.size() - 1})
  {
    write(weights, good_weights.substr(0, n));
    BOOST_TEST(is_refused("damaged"));
  }
  std::filesystem::remove(weights);
  BOOST_TEST(is_refused("missing"));
  write(weights, good_weights);
  Model::read(folder);
}

BOOST_AUTO_TEST_CASE(mutated_models_are_read_or_refused)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  write_good_model();
  const std::string json = folder + "/model.json", good = contents(json);
  Random random(11, 0, 0);
  for (unsigned int k = 0; k < 300; ++k)
  {
    std::string text = good;
    text[std::size_t(random.uniform() * text.size())] =
        char(256 * random.uniform());
    write(json, text);
    try
    {
      Model::read(folder);
    }
    catch (const BadInput &)
    {
    }
  }
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(data_of_other_fields_are_refused)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  write_good_model();
  const Model model = Model::read(folder);
  BOOST_TEST(model.description.sources.size() == 1u);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
